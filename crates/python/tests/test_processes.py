"""No process is left, whatever becomes of what started it: `conftest.py` looks after each test."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import children
from event_simulator import Collector, Scenario, minimize, program, replay

ENDLESS = {"simulation": {"num_users": 10, "duration_seconds": 0}}

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")


def test_an_iterator_that_is_left_halfway() -> None:
    for number, _ in enumerate(Scenario.from_dict(ENDLESS).timeline()):
        if number == 10:
            break
    gc.collect()


def test_a_generator_that_is_closed() -> None:
    events = iter(Scenario.from_dict(ENDLESS).timeline())
    next(events)
    assert len(children()) > 0
    events.close()  # type: ignore[attr-defined]


def test_a_generator_that_is_forgotten() -> None:
    events = iter(Scenario.from_dict(ENDLESS).timeline())
    next(events)
    del events
    gc.collect()


def test_an_exception_in_the_midst() -> None:
    timeline = Scenario.from_dict(ENDLESS).timeline()
    with pytest.raises(ZeroDivisionError):
        any(len(event) / 0 for event in timeline)


def test_batches_that_are_left_halfway() -> None:
    pytest.importorskip("pyarrow")
    batches = Scenario.from_dict(ENDLESS).timeline().batches()
    next(batches)
    batches.close()  # type: ignore[attr-defined]


def test_deliveries_that_are_left_halfway() -> None:
    bodies = Scenario.from_dict(ENDLESS).deliveries().bodies()
    next(bodies)
    bodies.close()


def test_a_predicate_that_raises() -> None:
    with pytest.raises(ZeroDivisionError):
        minimize(Scenario("quick-test").timeline(), lambda timeline: 1 / 0)


def test_an_exception_while_a_collector_runs() -> None:
    with pytest.raises(ZeroDivisionError), Collector():
        raise ZeroDivisionError


def test_a_collector_that_is_forgotten() -> None:
    collector = Collector().start()
    del collector
    gc.collect()


@pytest.fixture
def interrupted() -> Iterator[None]:
    """Ctrl+C in half a second."""
    timer = threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    yield
    timer.cancel()


@pytest.mark.usefixtures("interrupted")
def test_ctrl_c_ends_what_would_never_end() -> None:
    with pytest.raises(KeyboardInterrupt):
        for _ in Scenario.from_dict(ENDLESS).timeline():
            pass


@pytest.mark.usefixtures("interrupted")
def test_ctrl_c_ends_a_table_that_would_never_end() -> None:
    pytest.importorskip("pyarrow")
    with pytest.raises(KeyboardInterrupt):
        Scenario.from_dict(ENDLESS).timeline().to_arrow()


@pytest.mark.usefixtures("interrupted")
def test_ctrl_c_ends_a_replay(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        replay(Scenario("quick-test").timeline(), f"file:{tmp_path}/out.jsonl", speed=1)


@pytest.mark.usefixtures("interrupted")
def test_ctrl_c_ends_a_search() -> None:
    with pytest.raises(KeyboardInterrupt):
        minimize(Scenario("quick-test").timeline(), lambda timeline: time.sleep(60))


@pytest.mark.parametrize("use", ["Collector().start()", "next(iter(Scenario.from_dict(ENDLESS).timeline()))"])
def test_a_killed_interpreter_leaves_nothing_running(use: str) -> None:
    script = textwrap.dedent(f"""
        import subprocess, os, time
        from event_simulator import Collector, Scenario
        ENDLESS = {ENDLESS!r}
        kept = {use.replace("next(", "(lambda events: (next(events), events))(")}
        listed = subprocess.run(["ps", "-o", "pid=,comm=", "--ppid", str(os.getpid())], capture_output=True, text=True)
        print(*[line.split()[0] for line in listed.stdout.splitlines() if "event-sim" in line], flush=True)
        time.sleep(60)
    """)
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as interpreter:
        assert interpreter.stdout is not None
        pids = [int(pid) for pid in interpreter.stdout.readline().split()]
        assert len(pids) == 1
        interpreter.kill()
    deadline = time.monotonic() + 20
    while _is_running(pids[0]) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not _is_running(pids[0])


def _is_running(pid: int) -> bool:
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], check=False, capture_output=True, text=True).stdout.strip()
    # Whether it is collected is the matter of who inherits it.
    return state != "" and not state.startswith("Z")


def test_a_program_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    from event_simulator import ProgramError

    monkeypatch.setenv(program.VARIABLE, "/nowhere/event-simulator")
    with pytest.raises(ProgramError, match="cannot run /nowhere/event-simulator"):
        list(Scenario("quick-test").timeline())


def test_many_messages_do_not_block(tmp_path: Path) -> None:
    wrong = "".join(f"key{number}: 1\n" for number in range(5_000))
    from event_simulator import ScenarioError

    with pytest.raises(ScenarioError) as caught:
        Scenario.from_yaml(wrong).check()
    assert len(caught.value.problems) == 5_000


def test_importing_is_quick() -> None:
    script = "import time; t = time.process_time(); import event_simulator; print(time.process_time() - t)"
    times = [float(subprocess.check_output([sys.executable, "-c", script])) for _ in range(9)]
    # A bound for busy machines; docs/performance.md has what was measured.
    assert min(times) < 0.2
    heavy = "import sys, event_simulator; print(*{'pyarrow', 'pandas', 'polars', 'pytest', 'hypothesis'} & sys.modules.keys())"
    assert subprocess.check_output([sys.executable, "-c", heavy]).strip() == b""
