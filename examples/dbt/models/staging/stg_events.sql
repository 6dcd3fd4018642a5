-- In a test the events are the simulated ones; in production they are those of a source.
select
  event_id,
  event_time,
  cast(event_time as date) as date,
  event_type,
  user_id,
  session_id,
  page_path,
  button_id,
  cast(props as json) as props
from {{ ref('event_simulator_events') }}
