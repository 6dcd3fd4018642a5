#!/bin/sh
# Measures replay against the collector: client on one core, collector on another. Prints a Markdown table.
# Usage: benches/replay.sh [EVENTS]     (needs taskset, curl; build with --release first)
# "bare reqwest" sends the same requests with nothing around them: what the HTTP library reaches.
set -eu

events=${1:-300000}
batched=$((events * 6))
program=${PROGRAM:-target/release/event-simulator}
port=${PORT:-8299}
folder=$(mktemp -d)
url=http://127.0.0.1:$port/api/events
trap 'kill "$collector" 2>/dev/null || true; rm -rf "$folder"' EXIT

# One event every tenth of a millisecond or so, 20,000 users: lanes do not stand in each other's way.
"$program" generate normal-traffic --users 20000 --duration 1h | head -n "$batched" >"$folder/timeline.jsonl"

taskset -c 1 "$program" collector --port "$port" 2>"$folder/collector.log" &
collector=$!
until curl -sf "http://127.0.0.1:$port/health" >/dev/null; do :; done

# measure NAME EVENTS FLAGS...: one row.
measure() {
    name=$1 count=$2
    shift 2
    rm -f "$folder/journal" "$folder/summary.json"
    head -n "$count" "$folder/timeline.jsonl" >"$folder/part.jsonl"
    taskset -c 0 "$program" replay "$folder/part.jsonl" --url "$url" --stats-interval 0 \
        --summary "$folder/summary.json" "$@" 2>"$folder/log" || cat "$folder/log" >&2
    python3 - "$name" "$folder/summary.json" <<'PYTHON'
import json, sys
s = json.load(open(sys.argv[2]))
at = lambda d, q: "-" if not s[d] else f"{s[d][q] / 1000:.3f}"
print(f"| {sys.argv[1]} | {s['events_per_second']:,.0f} | {at('lag', 'p50')} | {at('lag', 'p99')} | "
      f"{at('latency', 'p50')} | {at('latency', 'p99')} | {s['errors']} |", flush=True)
PYTHON
}

# bare: the row of the HTTP library by itself.
bare() {
    head -n "$events" "$folder/timeline.jsonl" >"$folder/part.jsonl"
    rate=$(taskset -c 0 cargo bench --quiet --bench bare_client -- "$url" "$folder/part.jsonl")
    echo "| bare reqwest, as fast as possible | $rate | - | - | - | - | 0 |"
}

# The compiler's own time must not be in a row.
cargo bench --quiet --no-run --bench bare_client

echo "Load before: $(uptime | sed 's/.*load average/load average/')"
echo "| what | events/s | lag p50 ms | lag p99 ms | latency p50 ms | latency p99 ms | errors |"
echo "|---|---|---|---|---|---|---|"
measure "paced, 500/s" 5000 --rate 500/s
measure "paced, 2,000/s" 20000 --rate 2000/s
measure "paced, 10,000/s" 100000 --rate 10000/s
bare
measure "single, as fast as possible" "$events" --speed max
measure "single, with a journal" "$events" --speed max --journal "$folder/journal"
measure "single, again without" "$events" --speed max
bare
for journal in "" "$folder/journal" "" "$folder/journal"; do
    measure "batches of 500, NDJSON${journal:+, with a journal}" "$batched" --speed max \
        --batch 500 --batch-format ndjson ${journal:+--journal "$journal"}
done
echo "Load after: $(uptime | sed 's/.*load average/load average/')"
