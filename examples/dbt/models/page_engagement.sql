select
  date,
  page_path,
  count(*) as total_visits,
  sum(seconds) as total_time_seconds,
  avg(seconds) as avg_time_seconds,
  count(distinct user_id) as unique_users,
  count(distinct session_id) as unique_sessions
from {{ ref('stg_visits') }}
group by date, page_path
