from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Callable

import pytest
from event_simulator import program

pytest_plugins = ["pytester"]

ROOT = Path(__file__).parents[3]


@pytest.fixture
def cli() -> Callable[..., bytes]:
    """The program itself: what it writes to standard output."""

    def run(*arguments: object, cwd: Path | None = None) -> bytes:
        return subprocess.run([program.path(), *map(str, arguments)], check=True, capture_output=True, cwd=cwd).stdout

    return run


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A scenario with faults and a policy."""
    path = tmp_path / "shop.yaml"
    path.write_text(
        "simulation: { num_users: 5, duration_seconds: 900 }\n"
        "faults:\n"
        "  late: { share: 0.1, delay: { median: 20s, p90: 5m } }\n"
        "  duplicates: { share: 0.1, delay: { min: 1s, max: 10m } }\n"
        "  values: { share: 0.2 }\n"
        "  malformed: { share: 0.2 }\n"
        "policy: { deduplicate: { by: [event_id] } }\n"
    )
    return path


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def children() -> list[str]:
    """The states of our child processes, zombies included: one line a process."""
    listed = subprocess.run(
        ["ps", "-o", "pid=,stat=,comm=", "--ppid", str(subprocess.os.getpid())],  # type: ignore[attr-defined]
        check=False,
        capture_output=True,
        text=True,
    )
    return [line for line in listed.stdout.splitlines() if not line.split()[2].startswith("ps")]


@pytest.fixture(autouse=True)
def _no_process_is_left() -> Iterator[None]:
    before = set(children()) if sys.platform == "linux" else set()
    yield
    if sys.platform == "linux":
        left = set(children()) - before
        assert not left, f"processes are left: {left}"
