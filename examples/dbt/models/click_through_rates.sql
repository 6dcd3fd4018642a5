with clicks as (
  select date, page_path, button_id, count(*) as clicks
  from {{ ref('stg_events') }}
  where event_type = 'button_clicked'
  group by date, page_path, button_id
),
views as (
  select date, page_path, count(*) as views
  from {{ ref('stg_visits') }}
  group by date, page_path
)
select
  date,
  page_path,
  button_id,
  coalesce(views, 0) as views,
  clicks,
  100 * clicks / views as ctr
from clicks
left join views using (date, page_path)
