#!/bin/sh
# Measures single requests of oha, wrk and replay in one run: client on one core, collector on another, 64 connections.
# Prints a Markdown table, a row a client and a column a round.
# Usage: benches/others.sh [ROUNDS] [PROGRAM...]     (needs taskset, curl, oha, wrk; build with --release first)
# Each PROGRAM is measured, so that two builds can be held against each other. The collector may be the slowest of all: with
# URL=http://127.0.0.1:9000/ it is not started, and the server is one of your own, such as nginx with `return 200`.
set -eu

rounds=${1:-3}
[ $# -gt 0 ] && shift
[ $# -gt 0 ] || set -- target/release/event-simulator
requests=300000
port=${PORT:-8298}
folder=$(mktemp -d)
collector=
trap '[ -z "$collector" ] || kill "$collector"; rm -rf "$folder"' EXIT

"$1" generate normal-traffic --users 20000 --duration 1h | head -n "$requests" >"$folder/timeline.jsonl"
head -n 1 "$folder/timeline.jsonl" >"$folder/body.json"
cat >"$folder/wrk.lua" <<LUA
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.body = io.open("$folder/body.json"):read("*l")
LUA

url=${URL:-http://127.0.0.1:$port/api/events}
if [ -z "${URL:-}" ]; then
    taskset -c 1 "$1" collector --port "$port" 2>"$folder/collector.log" &
    collector=$!
    until curl -sf "http://127.0.0.1:$port/health" >/dev/null; do :; done
fi

# with_replay PROGRAM FLAGS...: its events a second.
with_replay() {
    program=$1
    shift
    rm -f "$folder/journal" "$folder/summary.json"
    taskset -c 0 "$program" replay "$folder/timeline.jsonl" --url "$url" --speed max --stats-interval 0 \
        --summary "$folder/summary.json" "$@" 2>"$folder/log" || cat "$folder/log" >&2
    python3 -c 'import json, sys; print(round(json.load(open(sys.argv[1]))["events_per_second"]))' "$folder/summary.json"
}

with_oha() {
    taskset -c 0 oha --no-tui -n "$requests" -c 64 -m POST -T application/json -D "$folder/body.json" "$url" |
        awk '/Requests\/sec/ { print $2 }'
}

with_wrk() {
    taskset -c 0 wrk -t 1 -c 64 -d 3s -s "$folder/wrk.lua" "$url" | awk '/Requests\/sec/ { print $2 }'
}

for round in $(seq "$rounds"); do
    echo "wrk $(with_wrk)"
    echo "oha $(with_oha)"
    for program in "$@"; do
        echo "replay|$program $(with_replay "$program")"
        echo "replay|with|a|journal|$program $(with_replay "$program" --journal "$folder/journal")"
    done
    echo "round $round of $rounds: $(uptime | sed 's/.*load average/load average/')" >&2
done | awk -v rounds="$rounds" '
    !($1 in row) { order[++count] = $1 }
    { row[$1] = row[$1] sprintf(" %d |", $2) }
    END {
        head = "| requests/s |"; line = "|---|"
        for (i = 1; i <= rounds; i++) { head = head " round " i " |"; line = line "---|" }
        print head
        print line
        for (i = 1; i <= count; i++) { name = order[i]; gsub(/\|/, " ", name); print "| " name " |" row[order[i]] }
    }'
