-- The tables of the arrivals in `lines`, numbered by `n`, under the policy `web`, by DuckDB.

CREATE TABLE objects AS
SELECT n, line::JSON AS line FROM lines
WHERE CASE WHEN json_valid(line) THEN json_type(line) = 'OBJECT' ELSE false END;

-- What lacks a field, or has another type there, is no event; neither is a time without an offset.
CREATE TABLE arrived AS
SELECT n, line, line ->> '$.event_id' AS event_id, line ->> '$.event_type' AS event_type, line ->> '$.user_id' AS user_id,
  line ->> '$.anonymous_id' AS anonymous_id, line ->> '$.page_path' AS page_path, line ->> '$.button_id' AS button_id,
  line -> '$.props' AS props, line -> '$.session' AS came, coalesce(line ->> '$.device.user_agent', '') AS user_agent,
  epoch_ms((line ->> '$.event_time')::TIMESTAMPTZ) AS event_ms,
  epoch_ms((line ->> '$.sent_at')::TIMESTAMPTZ) AS sent_ms,
  epoch_ms((line ->> '$.received_at')::TIMESTAMPTZ) AS received_ms
FROM objects
WHERE json_type(line, '$.event_id') = 'VARCHAR' AND json_type(line, '$.event_type') = 'VARCHAR'
  AND json_type(line, '$.user_id') = 'VARCHAR' AND json_type(line, '$.session_id') = 'VARCHAR'
  AND json_type(line, '$.props') = 'OBJECT'
  AND regexp_full_match(line ->> '$.event_time', '\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)');

-- The device's clock is corrected by when it says that it sent the event.
CREATE TABLE timed AS
SELECT *, received_ms - (sent_ms - event_ms) AS ms FROM arrived;

-- Without bots and what is ahead, each event once, the first of its copies.
CREATE TABLE counted AS
SELECT * FROM timed
WHERE NOT regexp_matches(lower(user_agent), 'bot|crawl|spider|headless|monitor|uptime')
  AND ms - received_ms <= 3600000
QUALIFY row_number() OVER (PARTITION BY event_id ORDER BY n) = 1;

-- At one time a session's start goes first and its end last, all else as it arrived.
CREATE TABLE ordered AS
SELECT *, row_number() OVER (
  ORDER BY ms, CASE event_type WHEN 'session_created' THEN 0 WHEN 'session_ended' THEN 2 ELSE 1 END, n) AS place
FROM counted;

-- What was done without a name is the first person's who is known by that anonymous id.
CREATE TABLE known AS
SELECT anonymous_id, arg_min(user_id, place) AS person FROM ordered
WHERE anonymous_id IS NOT NULL AND user_id <> anonymous_id GROUP BY ALL;

CREATE TABLE stitched AS
SELECT ordered.*, CASE WHEN user_id = ordered.anonymous_id THEN coalesce(person, user_id) ELSE user_id END AS person
FROM ordered LEFT JOIN known USING (anonymous_id);

-- A session begins after more than 30 minutes without an event.
CREATE TABLE gaps AS
SELECT *, ms - lag(ms) OVER (PARTITION BY person ORDER BY place) > 1800000 AS begins FROM stitched;

CREATE TABLE events AS
SELECT place, ms, make_timestamp_ms(ms)::DATE AS date, hour(make_timestamp_ms(ms)) AS hour, event_type, page_path, button_id,
  props, came, person,
  person || '#' || count_if(coalesce(begins, true)) OVER (PARTITION BY person ORDER BY place) AS session
FROM gaps;

-- A visit lasts until the page is left, before it is visited again; else until the session's next page, or its last event.
CREATE TABLE visits AS
WITH views AS (
  SELECT *, lead(place) OVER (PARTITION BY session, page_path ORDER BY place) AS again,
    lead(ms) OVER (PARTITION BY session ORDER BY place) AS next_ms
  FROM events WHERE event_type = 'page_visited'
), leaving AS (
  SELECT session, page_path, place, ms FROM events
  WHERE event_type = 'page_closed' OR event_type = 'link_click' AND props ->> '$.target' IS DISTINCT FROM '_blank'
), left_at AS (
  SELECT views.place, min(leaving.ms) AS left_ms
  FROM views JOIN leaving ON leaving.session = views.session AND leaving.page_path = views.page_path
    AND leaving.place > views.place AND (again IS NULL OR leaving.place < again)
  GROUP BY views.place
), ends AS (
  SELECT session, max(ms) AS end_ms FROM events GROUP BY session
)
SELECT views.*, (coalesce(left_ms, next_ms, end_ms) - ms) / 1000 AS seconds
FROM views LEFT JOIN left_at USING (place) JOIN ends USING (session)
WHERE page_path IS NOT NULL;

CREATE VIEW page_engagement AS
SELECT date, page_path, count(*) AS total_visits, sum(seconds) AS total_time_seconds, avg(seconds) AS avg_time_seconds,
  count(DISTINCT person) AS unique_users, count(DISTINCT session) AS unique_sessions
FROM visits GROUP BY ALL;

CREATE VIEW session_metrics AS
WITH sessions AS (
  SELECT session, arg_min(person, place) AS person, arg_min(date, place) AS date, (max(ms) - min(ms)) / 1000 AS seconds,
    count_if(event_type = 'page_visited') AS views,
    count_if(event_type IN ('button_clicked', 'link_click')) AS clicks
  FROM events GROUP BY session
)
SELECT date, count(*) AS total_sessions, avg(seconds) AS avg_duration_seconds, avg(views) AS avg_page_views,
  avg(clicks) AS avg_clicks, count(DISTINCT person) AS unique_users
FROM sessions GROUP BY ALL;

CREATE VIEW click_through_rates AS
WITH clicks AS (
  SELECT date, page_path, button_id, count(*) AS clicks FROM events
  WHERE event_type = 'button_clicked' AND page_path IS NOT NULL AND button_id IS NOT NULL GROUP BY ALL
), views AS (
  SELECT date, page_path, count(*) AS views FROM visits GROUP BY ALL
)
SELECT date, page_path, button_id, coalesce(views, 0) AS views, clicks, 100 * clicks / views AS ctr
FROM clicks LEFT JOIN views USING (date, page_path);

CREATE VIEW event_counts AS
SELECT date, hour, event_type, count(*) AS events FROM events GROUP BY ALL;

CREATE VIEW funnels AS
WITH steps AS (
  SELECT props ->> '$.journey' AS journey, (props ->> '$.step')::INTEGER AS step, page_path,
    count(DISTINCT session) AS sessions
  FROM visits
  WHERE json_type(props, '$.journey') = 'VARCHAR' AND json_type(props, '$.step') = 'UBIGINT'
  GROUP BY ALL
), firsts AS (
  SELECT journey, sum(sessions) AS first_sessions FROM steps
  WHERE (journey, step) IN (SELECT (journey, min(step)) FROM steps GROUP BY journey) GROUP BY journey
)
SELECT journey, step, page_path, sessions, 100 * sessions / first_sessions AS conversion
FROM steps JOIN firsts USING (journey);

CREATE VIEW users_active AS
WITH firsts AS (
  SELECT person, min(date) AS first_date FROM events GROUP BY person
)
SELECT date, count(DISTINCT person) AS users, count(DISTINCT person) FILTER (date = first_date) AS new_users
FROM events JOIN firsts USING (person) GROUP BY ALL;

-- Source, medium and campaign: of parameters, else of a click id, else of the referrer. What nothing says is direct.
CREATE TABLE told AS
WITH said AS (
  SELECT place, ms, date, event_type, person, session, props, came ->> '$.utm_source' AS source,
    came ->> '$.utm_medium' AS medium, came ->> '$.utm_campaign' AS campaign, came ->> '$.gclid' AS gclid,
    came ->> '$.fbclid' AS fbclid, regexp_extract(came ->> '$.referrer', '://(www\.)?([^/?#]*)', 2) AS host
  FROM events
)
SELECT place, ms, date, event_type, person, session, props, CASE
    WHEN coalesce(source, medium, campaign) IS NOT NULL
      THEN [coalesce(source, ''), coalesce(medium, ''), coalesce(campaign, '')]
    WHEN gclid IS NOT NULL THEN ['google', 'cpc', '']
    WHEN fbclid IS NOT NULL THEN ['facebook', 'paid_social', '']
    WHEN coalesce(host, '') = '' OR regexp_matches(host, '(^|\.)(pay\.example|paypal\.com|stripe\.com)$') THEN ['', '', '']
    WHEN regexp_matches(host, '(^|\.)(google|bing|duckduckgo)\.com$') THEN [host, 'organic', '']
    WHEN regexp_matches(host, '(^|\.)(facebook|instagram|reddit|linkedin)\.com$') THEN [host, 'social', '']
    ELSE [host, 'referral', '']
  END AS touch
FROM said;

-- A session begins with a touch, and has another one where its events come to say one that is not direct.
CREATE TABLE touches AS
WITH numbered AS (
  SELECT *, row_number() OVER (PARTITION BY session ORDER BY place) AS r FROM told
), candidates AS (
  SELECT *, lag(touch) OVER (PARTITION BY session ORDER BY place) AS before
  FROM numbered WHERE r = 1 OR touch <> ['', '', '']
)
SELECT * FROM candidates WHERE r = 1 OR before <> touch;

-- A purchase is due to its person's last touch of 30 days that is not direct.
CREATE VIEW attribution AS
WITH credited AS (
  SELECT told.place, any_value(told.date) AS date, any_value(told.props) AS props,
    coalesce(arg_max(touches.touch, touches.place), ['', '', '']) AS touch
  FROM told LEFT JOIN touches ON touches.person = told.person AND touches.place <= told.place
    AND told.ms - touches.ms <= 2592000000 AND touches.touch <> ['', '', '']
  WHERE told.event_type = 'purchase' GROUP BY told.place
)
SELECT date, CASE touch[2]
    WHEN '' THEN CASE WHEN touch = ['', '', ''] THEN 'direct' ELSE 'other' END
    WHEN 'cpc' THEN 'paid_search' WHEN 'organic' THEN 'organic_search'
    WHEN 'paid_social' THEN 'paid_social' WHEN 'email' THEN 'email' WHEN 'social' THEN 'social'
    WHEN 'referral' THEN 'referral' ELSE 'other' END AS channel,
  touch[1] AS source, touch[2] AS medium, touch[3] AS campaign, coalesce(props ->> '$.currency', '') AS currency,
  count(*) AS attributed_conversions, sum(coalesce((props ->> '$.amount')::DECIMAL(18, 6), 0)) AS attributed_revenue
FROM credited GROUP BY ALL;

-- From the cart over the checkout to a purchase, no later than 10 minutes after the cart: once a session. And purchases no later than
-- 50 minutes after a session began, in whichever session: once a person.
CREATE VIEW policy_funnels AS
WITH steps AS (
  SELECT place, ms, person, session, CASE event_type WHEN 'page_visited' THEN page_path ELSE event_type END AS step FROM events
), checkouts AS (
  SELECT cart.session, checkout.place AS checkout, bought.place AS bought
  FROM steps AS cart
  LEFT JOIN steps AS checkout ON checkout.session = cart.session AND checkout.step = '/checkout'
    AND checkout.ms >= cart.ms AND checkout.ms - cart.ms <= 600000
  LEFT JOIN steps AS bought ON bought.session = cart.session AND bought.step = 'purchase'
    AND bought.ms >= checkout.ms AND bought.ms - cart.ms <= 600000
  WHERE cart.step = '/cart'
), returns AS (
  SELECT began.person, bought.place AS bought
  FROM steps AS began LEFT JOIN steps AS bought ON bought.person = began.person AND bought.step = 'purchase'
    AND bought.ms >= began.ms AND bought.ms - began.ms <= 3000000
  WHERE began.step = 'session_created'
), counts AS (
  SELECT 'checkout' AS funnel, 1 AS step, '/cart' AS reached, count(DISTINCT session) AS reached_by FROM checkouts
  UNION ALL SELECT 'checkout', 2, '/checkout', count(DISTINCT session) FILTER (checkout IS NOT NULL) FROM checkouts
  UNION ALL SELECT 'checkout', 3, 'purchase', count(DISTINCT session) FILTER (bought IS NOT NULL) FROM checkouts
  UNION ALL SELECT 'comes_back', 1, 'session_created', count(DISTINCT person) FROM returns
  UNION ALL SELECT 'comes_back', 2, 'purchase', count(DISTINCT person) FILTER (bought IS NOT NULL) FROM returns
)
SELECT *, 100 * reached_by / max(reached_by) OVER (PARTITION BY funnel) AS conversion FROM counts WHERE reached_by > 0;
