select date, hour(event_time) as hour, event_type, count(*) as events
from {{ ref('stg_events') }}
group by date, hour, event_type
