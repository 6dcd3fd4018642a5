-- A page is left by what comes first: its close, a link that leads on, or the session's next page. If nothing does, the session's last
-- event ends the visit.
with leaving as (
  select
    *,
    lead(event_time) over (partition by session_id order by event_time) as left_at
  from {{ ref('stg_events') }}
  where event_type in ('page_visited', 'page_closed')
    or (event_type = 'link_click' and props ->> 'target' is distinct from '_blank')
),
ends as (
  select session_id, max(event_time) as ended_at
  from {{ ref('stg_events') }}
  group by session_id
)
select
  leaving.*,
  date_diff('millisecond', event_time, coalesce(left_at, ended_at)) / 1000 as seconds
from leaving
join ends using (session_id)
where event_type = 'page_visited'
