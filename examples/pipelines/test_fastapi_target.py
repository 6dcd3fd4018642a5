"""Tests of fastapi_target.py over real sockets: what the simulator sends is what it receives."""

import json
import os
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections import defaultdict

import pytest
import uvicorn

import fastapi_target

SIMULATOR = os.environ.get("EVENT_SIMULATOR", "event-simulator")


@pytest.fixture
def received(tmp_path):
    return tmp_path / "received.jsonl"


@pytest.fixture
def url(received):
    """The address of the target, on a free port."""
    config = uvicorn.Config(fastapi_target.create_app(received), port=0, log_level="warning")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started and thread.is_alive():
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}/api/events"
    server.should_exit = True
    thread.join()


def run(*arguments):
    subprocess.run([SIMULATOR, *map(str, arguments)], check=True)


def sessions(path):
    """What each session did, in order; ids and times are the target's own."""
    found = defaultdict(list)
    for line in path.read_text().splitlines():
        event = json.loads(line)
        what = [event.get(key) for key in ("event_type", "user_id", "page_path", "button_id", "props")]
        found[event["session_id"]].append(what)
    return found


def test_what_is_replayed_is_received(url, received, tmp_path):
    timeline = tmp_path / "events.jsonl"
    run("generate", "quick-test", "--seed", 7, "-o", timeline)
    run("replay", timeline, "--url", url, "--speed", "max")
    assert len(sessions(timeline)) > 10
    assert sessions(received) == sessions(timeline)
    # The target gives events times of its own.
    run("verify", "--sent", timeline, "--received", received, "--times", "ignore")


def test_an_event_that_breaks_the_contract_is_refused(url, received):
    body = json.dumps({"event_type": "page_visited", "session_id": 7}).encode()
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request)
    assert refused.value.code == 422
    problems = json.load(refused.value)["detail"]
    assert [problem["loc"] for problem in problems] == [["body", "user_id"], ["body", "session_id"]]
    assert received.read_text() == ""
