"""Holds the gauntlet against pipelines that are correct, and against those with one bug each.

usage: gauntlet.py FOLDER [PIPELINE...]
"""

import json
import os
import subprocess
import sys
from pathlib import Path

EXAMPLES = Path(__file__).parent.parent / "examples/gauntlet"
sys.path.insert(0, str(EXAMPLES))

import mutants  # noqa: E402

# The cases that each pipeline must fail. Where one fails in several, that is because the faults of these meet its bug:
# what is held up comes late, what never arrives leaves a session without its end.
FAILS = {
    "duckdb": "",
    "pandas": "",
    "no_deduplication": "duplicates same-id backfill all",
    "whole_rows_deduplicated": "same-id all",
    "deduplicated_by_content": "out-of-order same-id other-id twins ties identity funnels all",
    "deduplicated_within_a_minute": "duplicates same-id backfill all",
    "deduplicated_within_a_day": "duplicates backfill all",
    "events_with_copies_dropped": "duplicates same-id backfill all",
    "last_copy_wins": "same-id all",
    "device_clock_trusted": "late out-of-order clock-skew funnels all",
    "time_of_arrival": "offline other-id future ties identity funnels all",
    "order_of_arrival": "offline other-id future funnels all",
    "ties_by_name": "ties funnels",
    "late_events_dropped": "late offline clock-skew funnels all",
    "future_events_kept": "future all",
    "ahead_in_another_unit": "future",
    "bots_counted": "bots all",
    "session_gap_of_exactly_30_minutes": "session-gap all",
    "sessions_cut_at_midnight": "midnight all",
    "local_days": "midnight all",
    "not_stitched": "identity all",
    "stitched_forward_only": "identity all",
    "merged_by_device": "identity all",
    "last_known_user_wins": "identity all",
    "local_times_taken_for_utc": "local-times all",
    "last_touch_that_is_direct": "attribution all",
    "touches_at_the_edge_of_the_window_dropped": "attribution",
    "touches_by_the_day": "attribution",
    "payment_provider_as_referrer": "attribution all",
    "hosts_below_ignored_ones_count": "attribution",
    "cents_lost": "attribution",
    "click_ids_not_known": "attribution",
    "campaigns_in_mid_session_not_seen": "attribution",
    "links_elsewhere_taken_to_leave_the_page": "clean",
    "clicks_without_a_view_dropped": "lost-ends all",
    "steps_in_any_order": "funnels",
    "steps_at_the_edge_of_the_window_dropped": "funnels",
    "only_the_first_time_of_a_step": "funnels",
    "steps_of_one_time_dropped": "funnels",
    "steps_of_one_session_alone": "funnels",
    "a_bad_line_ends_the_run": "malformed all",
    "bad_lines_counted_as_events": "malformed all",
    "unknown_properties_refused": "schema-change all",
    "a_property_is_required": "schema-change all",
    "texts_parsed_as_numbers": "values all",
    "texts_read_as_latin_1": "values all",
    "only_ended_sessions_counted": "late lost-ends future malformed attribution funnels all",
    "visits_without_an_end_dropped": "late out-of-order lost-ends future identity bots malformed all",
}


def failed(pipeline, card):
    """The cases that a pipeline fails."""
    command = [os.environ["EVENT_SIMULATOR"], "gauntlet", "--no-minimize", "--jobs", str(os.cpu_count()), "--json", card]
    command += ["--", sys.executable, pipeline, "{events}", "{out}"]
    run = subprocess.run(command, capture_output=True, text=True)
    if run.returncode not in (0, 1):
        sys.exit(f"{pipeline}: {run.stderr}")
    cases = json.loads(Path(card).read_text())["cases"]
    return [case["name"] for case in cases if case["outcome"] != "handled"]


def main(folder, *only):
    pipelines = {name: EXAMPLES / f"{name}_pipeline.py" for name in ("duckdb", "pandas")}
    pipelines |= mutants.write(Path(folder, "mutants"))
    assert pipelines.keys() == FAILS.keys(), pipelines.keys() ^ FAILS.keys()
    wrong = 0
    for name, pipeline in pipelines.items():
        if only and name not in only:
            continue
        fails, should = failed(pipeline, Path(folder, "card.json")), FAILS[name].split()
        if fails == should:
            print(f"ok      {name}: {', '.join(fails) or 'all handled'}", flush=True)
            continue
        wrong += 1
        print(f"FAILED  {name}: fails {', '.join(fails)}; should fail {', '.join(should)}", flush=True)
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
