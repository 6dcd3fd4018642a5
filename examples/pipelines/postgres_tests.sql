-- Tests in the manner of dbt: a query gives the rows that are wrong, and passes if there are none.
-- Run it after postgres_tables.sql; psql ends with 3 if something is wrong.
\set ON_ERROR_STOP on
SET search_path = warehouse;

CREATE TEMPORARY VIEW failures (test, what, row) AS
SELECT 'page_engagement', 'is', to_jsonb(t)
FROM (TABLE page_engagement EXCEPT ALL TABLE expected.page_engagement) AS t
UNION ALL SELECT 'page_engagement', 'should be', to_jsonb(t)
FROM (TABLE expected.page_engagement EXCEPT ALL TABLE page_engagement) AS t
UNION ALL SELECT 'session_metrics', 'is', to_jsonb(t)
FROM (TABLE session_metrics EXCEPT ALL TABLE expected.session_metrics) AS t
UNION ALL SELECT 'session_metrics', 'should be', to_jsonb(t)
FROM (TABLE expected.session_metrics EXCEPT ALL TABLE session_metrics) AS t
UNION ALL SELECT 'click_through_rates', 'is', to_jsonb(t)
FROM (TABLE click_through_rates EXCEPT ALL TABLE expected.click_through_rates) AS t
UNION ALL SELECT 'click_through_rates', 'should be', to_jsonb(t)
FROM (TABLE expected.click_through_rates EXCEPT ALL TABLE click_through_rates) AS t
UNION ALL SELECT 'event_counts', 'is', to_jsonb(t)
FROM (TABLE event_counts EXCEPT ALL TABLE expected.event_counts) AS t
UNION ALL SELECT 'event_counts', 'should be', to_jsonb(t)
FROM (TABLE expected.event_counts EXCEPT ALL TABLE event_counts) AS t
UNION ALL SELECT 'funnels', 'is', to_jsonb(t)
FROM (TABLE funnels EXCEPT ALL TABLE expected.funnels) AS t
UNION ALL SELECT 'funnels', 'should be', to_jsonb(t)
FROM (TABLE expected.funnels EXCEPT ALL TABLE funnels) AS t
UNION ALL SELECT 'users_active', 'is', to_jsonb(t)
FROM (TABLE users_active EXCEPT ALL TABLE expected.users_active) AS t
UNION ALL SELECT 'users_active', 'should be', to_jsonb(t)
FROM (TABLE expected.users_active EXCEPT ALL TABLE users_active) AS t;

TABLE failures LIMIT 20;
DO $$ BEGIN
  ASSERT EXISTS (TABLE expected.users_active), 'nothing is expected: is this the right directory?';
  ASSERT NOT EXISTS (TABLE failures), 'a table is wrong: see the rows above';
END $$;
