-- The warehouse tables of the timeline in the variable `timeline`, by DuckDB.
--
-- The columns are given because a schema that is inferred depends on the data: without a link that opens
-- elsewhere, `props` would have no member `target`.
CREATE TABLE events AS
SELECT *, event_time::DATE AS date
FROM read_json(getvariable('timeline'), columns = {
  event_time: 'TIMESTAMP', event_type: 'VARCHAR', user_id: 'VARCHAR', session_id: 'VARCHAR',
  page_path: 'VARCHAR', button_id: 'VARCHAR', props: 'JSON'
});

-- A page is left by what comes first: its close, a link that leads on, or the session's next page. If
-- nothing does, the session's last event ends the visit.
CREATE VIEW visits AS
WITH leaving AS (
  SELECT *, lead(event_time) OVER (PARTITION BY session_id ORDER BY event_time) AS left_at
  FROM events
  WHERE event_type IN ('page_visited', 'page_closed')
    OR event_type = 'link_click' AND props ->> 'target' IS DISTINCT FROM '_blank'
), ends AS (
  SELECT session_id, max(event_time) AS ended_at FROM events GROUP BY session_id
)
SELECT *, date_diff('millisecond', event_time, coalesce(left_at, ended_at)) / 1000 AS seconds
FROM leaving JOIN ends USING (session_id)
WHERE event_type = 'page_visited';

CREATE VIEW page_engagement AS
SELECT date, page_path, count(*) AS total_visits, sum(seconds) AS total_time_seconds,
  avg(seconds) AS avg_time_seconds, count(DISTINCT user_id) AS unique_users,
  count(DISTINCT session_id) AS unique_sessions
FROM visits GROUP BY ALL;

CREATE VIEW session_metrics AS
WITH sessions AS (
  SELECT session_id, any_value(user_id) AS user_id, min(date) AS date,
    date_diff('millisecond', min(event_time), max(event_time)) / 1000 AS seconds,
    count_if(event_type = 'page_visited') AS page_views,
    count_if(event_type IN ('button_clicked', 'link_click')) AS clicks
  FROM events GROUP BY session_id
)
SELECT date, count(*) AS total_sessions, avg(seconds) AS avg_duration_seconds,
  avg(page_views) AS avg_page_views, avg(clicks) AS avg_clicks, count(DISTINCT user_id) AS unique_users
FROM sessions GROUP BY ALL;

CREATE VIEW click_through_rates AS
WITH clicks AS (
  SELECT date, page_path, button_id, count(*) AS clicks
  FROM events WHERE event_type = 'button_clicked' GROUP BY ALL
), views AS (
  SELECT date, page_path, count(*) AS views FROM visits GROUP BY ALL
)
SELECT date, page_path, button_id, coalesce(views, 0) AS views, clicks, 100 * clicks / views AS ctr
FROM clicks LEFT JOIN views USING (date, page_path);

CREATE VIEW event_counts AS
SELECT date, hour(event_time) AS hour, event_type, count(*) AS events FROM events GROUP BY ALL;

CREATE VIEW funnels AS
WITH steps AS (
  SELECT props ->> 'journey' AS journey, (props ->> 'step')::INTEGER AS step, page_path,
    count(DISTINCT session_id) AS sessions
  FROM visits WHERE journey IS NOT NULL GROUP BY ALL
)
SELECT *, 100 * sessions / first(sessions) OVER (PARTITION BY journey ORDER BY step) AS conversion
FROM steps;

CREATE VIEW users_active AS
WITH firsts AS (
  SELECT user_id, min(date) AS first_date FROM events GROUP BY user_id
)
SELECT date, count(DISTINCT user_id) AS users,
  count(DISTINCT user_id) FILTER (date = first_date) AS new_users
FROM events JOIN firsts USING (user_id) GROUP BY ALL;
