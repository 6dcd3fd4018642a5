"""Pipelines with one classic bug each, made of the correct ones by replacing a piece of their text.

usage: mutants.py FOLDER    writes each into a folder of its name
"""

import sys
from pathlib import Path

SQL, PANDAS = "duckdb_tables.sql", "pandas_pipeline.py"

DEDUPLICATION = "PARTITION BY event_id ORDER BY n"
TIME = "received_ms - (sent_ms - event_ms) AS ms"

# Name, file, the text that is right, the text that is wrong.
MUTANTS = [
    ("no_deduplication", SQL, f"\nQUALIFY row_number() OVER ({DEDUPLICATION}) = 1", ""),
    ("whole_rows_deduplicated", SQL, DEDUPLICATION, "PARTITION BY event_id, page_path, button_id, props::VARCHAR ORDER BY n"),
    ("deduplicated_by_content", SQL, DEDUPLICATION, "PARTITION BY user_id, event_type, page_path, button_id, ms // 100 ORDER BY n"),
    ("deduplicated_within_a_minute", SQL, DEDUPLICATION, "PARTITION BY event_id, received_ms // 60000 ORDER BY n"),
    ("deduplicated_within_a_day", SQL, DEDUPLICATION, "PARTITION BY event_id, received_ms // 86400000 ORDER BY n"),
    ("events_with_copies_dropped", SQL, f"row_number() OVER ({DEDUPLICATION}) = 1", "count(*) OVER (PARTITION BY event_id) = 1"),
    ("last_copy_wins", SQL, DEDUPLICATION, "PARTITION BY event_id ORDER BY n DESC"),
    ("device_clock_trusted", SQL, TIME, "event_ms AS ms"),
    ("time_of_arrival", SQL, TIME, "received_ms AS ms"),
    ("order_of_arrival", SQL, "ORDER BY ms, CASE event_type WHEN 'session_created' THEN 0 WHEN 'session_ended' THEN 2 ELSE 1 END, n", "ORDER BY n"),
    ("ties_by_name", SQL, "CASE event_type WHEN 'session_created' THEN 0 WHEN 'session_ended' THEN 2 ELSE 1 END, n", "event_type"),
    ("late_events_dropped", SQL, "ms - received_ms <= 3600000", "ms - received_ms <= 3600000 AND received_ms - event_ms <= 3600000"),
    ("future_events_kept", SQL, "\n  AND ms - received_ms <= 3600000", ""),
    ("ahead_in_another_unit", SQL, "ms - received_ms <= 3600000", "ms - received_ms <= 3600"),
    ("bots_counted", SQL, "'bot|crawl|spider|headless|monitor|uptime'", "'no such agent'"),
    ("session_gap_of_exactly_30_minutes", SQL, "> 1800000", ">= 1800000"),
    ("sessions_cut_at_midnight", SQL, "> 1800000 AS", "> 1800000 OR ms // 86400000 <> lag(ms) OVER (PARTITION BY person ORDER BY place) // 86400000 AS"),
    ("local_days", SQL, "make_timestamp_ms(ms)::DATE", "(make_timestamp_ms(ms) AT TIME ZONE 'UTC' AT TIME ZONE 'Europe/Berlin')::DATE"),
    ("not_stitched", SQL, "CASE WHEN user_id = ordered.anonymous_id THEN coalesce(person, user_id) ELSE user_id END AS person", "user_id AS person"),
    ("stitched_forward_only", SQL, "THEN coalesce(person, user_id) ELSE", "AND place > (SELECT min(place) FROM ordered AS o WHERE o.anonymous_id = ordered.anonymous_id AND o.user_id <> o.anonymous_id) THEN coalesce(person, user_id) ELSE"),
    ("merged_by_device", SQL, "THEN coalesce(person, user_id) ELSE user_id END", "THEN coalesce(person, user_id) ELSE coalesce(person, user_id) END"),
    ("last_known_user_wins", SQL, "arg_min(user_id, place) AS person", "arg_max(user_id, place) AS person"),
    ("local_times_taken_for_utc", SQL, r"(\.\d+)?(Z|[+-]\d\d:\d\d)", r"(\.\d+)?(Z|[+-]\d\d:\d\d)?"),
    ("last_touch_that_is_direct", SQL, " AND touches.touch <> ['', '', '']", ""),
    ("touches_at_the_edge_of_the_window_dropped", SQL, "<= 2592000000", "< 2592000000"),
    ("touches_by_the_day", SQL, "told.ms - touches.ms <= 2592000000", "told.ms // 86400000 - touches.ms // 86400000 <= 30"),
    ("payment_provider_as_referrer", SQL, " OR regexp_matches(host, '(^|\\.)(pay\\.example|paypal\\.com|stripe\\.com)$')", ""),
    ("hosts_below_ignored_ones_count", SQL, r"'(^|\.)(pay\.example|paypal\.com|stripe\.com)$'", r"'^(pay\.example|paypal\.com|stripe\.com)$'"),
    ("cents_lost", SQL, "sum(coalesce((props ->> '$.amount')::DECIMAL(18, 6), 0))", "sum(coalesce(trunc((props ->> '$.amount')::DECIMAL(18, 6)), 0))"),
    ("click_ids_not_known", SQL, "    WHEN gclid IS NOT NULL THEN ['google', 'cpc', '']\n    WHEN fbclid IS NOT NULL THEN ['facebook', 'paid_social', '']\n", ""),
    ("campaigns_in_mid_session_not_seen", SQL, "WHERE r = 1 OR before <> touch", "WHERE r = 1"),
    ("links_elsewhere_taken_to_leave_the_page", SQL, " AND props ->> '$.target' IS DISTINCT FROM '_blank'", ""),
    ("clicks_without_a_view_dropped", SQL, "FROM clicks LEFT JOIN views", "FROM clicks JOIN views"),
    ("steps_in_any_order", SQL, "\n    AND bought.ms >= checkout.ms AND", "\n    AND checkout.ms IS NOT NULL AND"),
    ("steps_at_the_edge_of_the_window_dropped", SQL, "<= 3000000", "< 3000000"),
    ("only_the_first_time_of_a_step", SQL, "WHERE cart.step = '/cart'", "WHERE cart.place = (SELECT min(s.place) FROM steps AS s WHERE s.session = cart.session AND s.step = '/cart')"),
    ("steps_of_one_time_dropped", SQL, "checkout.ms >= cart.ms", "checkout.ms > cart.ms"),
    ("steps_of_one_session_alone", SQL, "bought.person = began.person", "bought.session = began.session"),
    ("a_bad_line_ends_the_run", PANDAS, "except ValueError:", "except UnicodeDecodeError:"),
    ("bad_lines_counted_as_events", PANDAS, "all(isinstance(event.get(name), str) for name in TEXTS)", 'all(isinstance(event.get(name), str) for name in ["event_type", "user_id", "event_time"])'),
    ("unknown_properties_refused", PANDAS, 'and isinstance(event.get("props"), dict)', 'and isinstance(event.get("props"), dict)\n        and "release" not in event["props"]'),
    ("a_property_is_required", PANDAS, 'journey=visits.props.str.get("journey"), step', 'journey=[props["journey"] if "step" in props else None for props in visits.props], step'),
    ("texts_parsed_as_numbers", PANDAS, "steps = steps.assign(step=steps.step.astype(int))", 'steps = steps.assign(step=steps.step.astype(int), journey=pd.to_numeric(steps.journey, errors="coerce").astype(object).fillna(steps.journey))'),
    ("texts_read_as_latin_1", PANDAS, "line.decode()", 'line.decode("latin-1")'),
    ("only_ended_sessions_counted", PANDAS, 'sessions["seconds"] =', 'sessions = sessions[events.groupby("session").event_type.agg(lambda types: "session_ended" in set(types))]\n    sessions["seconds"] ='),
    ("visits_without_an_end_dropped", PANDAS, "fillna(next_page).fillna(last)", "fillna(next_page)"),
]


def write(folder):
    """Writes each mutant; gives the pipeline of each by its name."""
    here = Path(__file__).parent
    pipelines = {}
    for name, file, right, wrong in MUTANTS:
        text = here.joinpath(file).read_text()
        assert text.count(right) == 1, f"{name}: {right!r} stands {text.count(right)} times in {file}"
        own = Path(folder, name)
        own.mkdir(parents=True, exist_ok=True)
        own.joinpath(file).write_text(text.replace(right, wrong))
        pipelines[name] = own / "pandas_pipeline.py"
        if file == SQL:
            pipelines[name] = own / "duckdb_pipeline.py"
            pipelines[name].write_text(here.joinpath("duckdb_pipeline.py").read_text())
    return pipelines


if __name__ == "__main__":
    write(sys.argv[1])
