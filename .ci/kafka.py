"""Replays a timeline into a real broker, and holds what a client of others reads against it."""

import json
import signal
import subprocess
import time

import kafka_secured
from kafka_broker import PROGRAM, WORK, Broker, begin, check, replay
from kafka_gate import Gate


def each_event_once(events):
    broker = Broker()
    for compression in ("none", "gzip", "zstd"):
        broker.create(compression)
        replay("t.jsonl", broker.url(compression), "--speed", "max", "--compress", compression)
        check(broker.read(compression, len(events)), events)
    broker.kill()


def connections_cut(events):
    gate = Gate()
    broker = Broker(gate=gate)
    broker.create("events")
    running = begin("t.jsonl", broker.url("events"), "--rate", "10000/s")
    time.sleep(2)
    gate.cut()
    time.sleep(2)
    gate.is_cut = False
    said, _ = running.communicate(timeout=120)
    assert running.returncode == 0, said
    check(broker.read("events", len(events)), events)
    broker.kill()


def broker_killed(events):
    """Its memory is gone with it; whatever was not acknowledged before has to be in the next one's."""
    broker = Broker()
    broker.create("events")
    running = begin("t.jsonl", broker.url("events"), "--rate", "10000/s", "--summary", "summary.json")
    time.sleep(2)
    broker.kill()
    time.sleep(1)
    broker.start()
    broker.create("events")
    said, _ = running.communicate(timeout=120)
    assert running.returncode == 0, said
    assert json.load(open(WORK / "summary.json"))["delivered"] == len(events), said
    ids = {json.loads(record.value())["event_id"] for record in broker.read("events", 1)}
    later = [event["event_id"] for event in events[len(events) * 3 // 4 :]]
    assert set(later) <= ids, "an event that came after the restart is lost"
    broker.kill()


def replay_killed(events):
    broker = Broker()
    for name, stop in (("killed", signal.SIGKILL), ("drained", signal.SIGINT)):
        broker.create(name)
        flags = ["--rate", "20000/s", "--resume", "--journal", f"{name}.journal"]
        running = begin("t.jsonl", broker.url(name), *flags)
        time.sleep(1)
        running.send_signal(stop)
        running.communicate(timeout=60)
        assert running.returncode == (130 if stop == signal.SIGINT else -9), running.returncode
        replay("t.jsonl", broker.url(name), "--speed", "max", *flags[2:])
        in_flight = 8 * 1000 if stop == signal.SIGKILL else 0
        check(broker.read(name, len(events)), events, len(events) + in_flight)
    broker.kill()


def schema_refuses(events):
    (WORK / "schema").mkdir(exist_ok=True)
    types = ["page_visited", "page_closed"]
    value = {"type": "object", "properties": {"event_type": {"enum": types}}, "required": ["event_type"]}
    schema = {"type": "object", "properties": {"value": value}}
    (WORK / "schema" / "strict.json").write_text(json.dumps(schema))
    broker = Broker("--schema-registry", "file://./schema")
    broker.create("strict")
    good = [event for event in events if event["event_type"] in types][:200]
    bad = [event for event in events if event["event_type"] == "button_clicked"][:2]
    mixed = good[:50] + bad + good[50:]
    lines = [json.dumps(event, separators=(",", ":")) + "\n" for event in mixed]
    (WORK / "mixed.jsonl").write_text("".join(lines))
    flags = ["--speed", "max", "--dead-letters", "dead.jsonl"]
    replay("mixed.jsonl", broker.url("strict"), *flags, code=1)
    dead = [json.loads(line)["event"] for line in open(WORK / "dead.jsonl")]
    assert sorted(one["event_id"] for one in dead) == sorted(one["event_id"] for one in bad)
    delivered = {json.loads(record.value())["event_id"] for record in broker.read("strict", len(good))}
    assert delivered == {event["event_id"] for event in good}
    broker.kill()


def nobody_there(events):
    said = replay("t.jsonl", "kafka://127.0.0.1:1/events", "--speed", "max", code=1)
    assert "Connection refused" in said and "Is it up?" in said, said
    broker = Broker("--authentication")
    flags = ["--speed", "max", "--basic", "me:${SECRET}"]
    said = replay("t.jsonl", broker.url("events"), *flags, code=1)
    assert "credentials right" in said, said
    broker.kill()


def main():
    subprocess.run(["rm", "-rf", WORK], check=True)
    WORK.mkdir(parents=True)
    command = [PROGRAM, "generate", "normal-traffic", "--users", "500", "--duration", "30m"]
    timeline = subprocess.run(command, check=True, capture_output=True).stdout.splitlines(True)[:60_000]
    (WORK / "t.jsonl").write_bytes(b"".join(timeline))
    events = [json.loads(line) for line in timeline]
    checks = [each_event_once, connections_cut, broker_killed, replay_killed, schema_refuses, nobody_there]
    checks += kafka_secured.CHECKS
    for one in checks:
        started = time.monotonic()
        one(events)
        print(f"ok      {one.__name__.replace('_', ' ')} ({time.monotonic() - started:.0f} s)", flush=True)


main()
