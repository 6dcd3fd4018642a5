with sessions as (
  select
    session_id,
    min(user_id) as user_id,
    min(date) as date,
    date_diff('millisecond', min(event_time), max(event_time)) / 1000 as seconds,
    count_if(event_type = 'page_visited') as page_views,
    count_if(event_type in ('button_clicked', 'link_click')) as clicks
  from {{ ref('stg_events') }}
  group by session_id
)
select
  date,
  count(*) as total_sessions,
  avg(seconds) as avg_duration_seconds,
  avg(page_views) as avg_page_views,
  avg(clicks) as avg_clicks,
  count(distinct user_id) as unique_users
from sessions
group by date
