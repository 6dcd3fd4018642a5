-- The warehouse tables of a timeline, in Postgres. Run by psql in a directory with the timeline as
-- events.csv (`event-simulator generate --format csv`) and what `event-simulator expect` wrote in
-- expected/. `\copy` reads on the side of psql: the server need not see the files.
\set ON_ERROR_STOP on
SET client_min_messages = warning;
SET timezone = 'UTC';

DROP SCHEMA IF EXISTS warehouse, expected CASCADE;
CREATE SCHEMA warehouse;
CREATE SCHEMA expected;
SET search_path = warehouse;

CREATE TABLE events (
  event_id uuid PRIMARY KEY, event_time timestamptz NOT NULL, event_type text NOT NULL,
  user_id text NOT NULL, session_id text NOT NULL, page_path text, button_id text, props jsonb NOT NULL
);
\copy warehouse.events FROM 'events.csv' (FORMAT csv, HEADER)

-- What is computed is rounded as the expectations are: to six decimals, halves away from zero. Postgres
-- computes them as numeric, exactly, so that plain equality will do.
CREATE VIEW visits AS
WITH leaving AS (
  SELECT *, lead(event_time) OVER (PARTITION BY session_id ORDER BY event_time) AS left_at
  FROM events
  WHERE event_type IN ('page_visited', 'page_closed')
    OR event_type = 'link_click' AND props ->> 'target' IS DISTINCT FROM '_blank'
), ends AS (
  SELECT session_id, max(event_time) AS ended_at FROM events GROUP BY session_id
)
SELECT *, event_time::date AS date, extract(epoch FROM coalesce(left_at, ended_at) - event_time) AS seconds
FROM leaving JOIN ends USING (session_id)
WHERE event_type = 'page_visited';

CREATE VIEW page_engagement AS
SELECT date, page_path, count(*) AS total_visits, sum(seconds) AS total_time_seconds,
  round(avg(seconds), 6) AS avg_time_seconds, count(DISTINCT user_id) AS unique_users,
  count(DISTINCT session_id) AS unique_sessions
FROM visits GROUP BY date, page_path;

CREATE VIEW session_metrics AS
WITH sessions AS (
  SELECT session_id, min(user_id) AS user_id, min(event_time)::date AS date,
    extract(epoch FROM max(event_time) - min(event_time)) AS seconds,
    count(*) FILTER (WHERE event_type = 'page_visited') AS page_views,
    count(*) FILTER (WHERE event_type IN ('button_clicked', 'link_click')) AS clicks
  FROM events GROUP BY session_id
)
SELECT date, count(*) AS total_sessions, round(avg(seconds), 6) AS avg_duration_seconds,
  round(avg(page_views), 6) AS avg_page_views, round(avg(clicks), 6) AS avg_clicks,
  count(DISTINCT user_id) AS unique_users
FROM sessions GROUP BY date;

CREATE VIEW click_through_rates AS
WITH clicks AS (
  SELECT event_time::date AS date, page_path, button_id, count(*) AS clicks
  FROM events WHERE event_type = 'button_clicked' GROUP BY 1, 2, 3
), views AS (
  SELECT date, page_path, count(*) AS views FROM visits GROUP BY date, page_path
)
SELECT date, page_path, button_id, coalesce(views, 0) AS views, clicks,
  round(100.0 * clicks / views, 6) AS ctr
FROM clicks LEFT JOIN views USING (date, page_path);

CREATE VIEW event_counts AS
SELECT event_time::date AS date, extract(hour FROM event_time)::integer AS hour, event_type,
  count(*) AS events
FROM events GROUP BY 1, 2, 3;

CREATE VIEW funnels AS
WITH steps AS (
  SELECT props ->> 'journey' AS journey, (props ->> 'step')::integer AS step, page_path,
    count(DISTINCT session_id) AS sessions
  FROM visits WHERE props ? 'journey' GROUP BY 1, 2, 3
)
SELECT *, round(100.0 * sessions / first_value(sessions) OVER (PARTITION BY journey ORDER BY step), 6)
  AS conversion
FROM steps;

CREATE VIEW users_active AS
WITH days AS (
  SELECT DISTINCT event_time::date AS date, user_id FROM events
), firsts AS (
  SELECT user_id, min(date) AS first_date FROM days GROUP BY user_id
)
SELECT date, count(*) AS users, count(*) FILTER (WHERE date = first_date) AS new_users
FROM days JOIN firsts USING (user_id) GROUP BY date;

-- The expected tables have the columns of the views.
CREATE TABLE expected.page_engagement AS TABLE page_engagement WITH NO DATA;
CREATE TABLE expected.session_metrics AS TABLE session_metrics WITH NO DATA;
CREATE TABLE expected.click_through_rates AS TABLE click_through_rates WITH NO DATA;
CREATE TABLE expected.event_counts AS TABLE event_counts WITH NO DATA;
CREATE TABLE expected.funnels AS TABLE funnels WITH NO DATA;
CREATE TABLE expected.users_active AS TABLE users_active WITH NO DATA;
\copy expected.page_engagement FROM 'expected/page_engagement.csv' (FORMAT csv, HEADER)
\copy expected.session_metrics FROM 'expected/session_metrics.csv' (FORMAT csv, HEADER)
\copy expected.click_through_rates FROM 'expected/click_through_rates.csv' (FORMAT csv, HEADER)
\copy expected.event_counts FROM 'expected/event_counts.csv' (FORMAT csv, HEADER)
\copy expected.funnels FROM 'expected/funnels.csv' (FORMAT csv, HEADER)
\copy expected.users_active FROM 'expected/users_active.csv' (FORMAT csv, HEADER)

-- For `event-simulator verify --expected expected --actual postgres`.
\copy (TABLE warehouse.page_engagement) TO 'postgres/page_engagement.csv' (FORMAT csv, HEADER)
\copy (TABLE warehouse.session_metrics) TO 'postgres/session_metrics.csv' (FORMAT csv, HEADER)
\copy (TABLE warehouse.click_through_rates) TO 'postgres/click_through_rates.csv' (FORMAT csv, HEADER)
\copy (TABLE warehouse.event_counts) TO 'postgres/event_counts.csv' (FORMAT csv, HEADER)
\copy (TABLE warehouse.funnels) TO 'postgres/funnels.csv' (FORMAT csv, HEADER)
\copy (TABLE warehouse.users_active) TO 'postgres/users_active.csv' (FORMAT csv, HEADER)
