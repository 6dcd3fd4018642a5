with firsts as (
  select user_id, min(date) as first_date
  from {{ ref('stg_events') }}
  group by user_id
)
select
  date,
  count(distinct user_id) as users,
  count(distinct user_id) filter (where date = first_date) as new_users
from {{ ref('stg_events') }}
join firsts using (user_id)
group by date
