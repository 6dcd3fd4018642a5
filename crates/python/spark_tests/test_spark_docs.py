"""Every example of docs/spark.md does what it says."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from conftest import HAS_SOURCES, ON_SAIL
from event_simulator import Scenario, program

PAGE = Path(__file__).parents[3] / "docs/spark.md"
BLOCK = re.compile(r"^```\w+ title=(\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FILES = dict(BLOCK.findall(PAGE.read_text(encoding="utf-8")))
SAID = {
    "batch.py": "add_to_cart",
    "truth.py": "",
    "stream.py": "late events dropped",
    "map_in_arrow.py": "events",
}


def test_all_are_run() -> None:
    assert set(FILES) == {*SAID, "shop.yaml", "shards.sh", "lakes.py"}


@pytest.mark.parametrize("name", SAID)
def test_python(spark: Any, name: str, tmp_path: Path, capsys: Any) -> None:
    if ON_SAIL and name == "stream.py":
        pytest.skip("Sail has no streams")
    if not HAS_SOURCES and "EventSimulatorSource" in FILES[name]:
        pytest.skip("this Spark has no data sources in Python")
    shop = tmp_path / "shop.yaml"
    shop.write_text(FILES["shop.yaml"])
    # The session was started elsewhere.
    text = FILES[name].replace('"shop.yaml"', repr(str(shop)))
    exec(compile(text, name, "exec"), {"spark": spark, "__name__": "__main__"})
    said = capsys.readouterr().out
    assert SAID[name] in said
    if name == "stream.py":
        rows, dropped = map(int, re.findall(r"^(\d+) ", said, re.MULTILINE))
        assert rows > 0
        assert dropped > 0


def test_shell(tmp_path: Path) -> None:
    (tmp_path / "event-simulator").symlink_to(os.path.abspath(program.path()))
    environment = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    subprocess.run(["sh", "-ec", FILES["shards.sh"]], cwd=tmp_path, env=environment, check=True)
    whole = tmp_path / "by-itself.parquet"
    Scenario("web-shop").timeline(seed=7, users=100).write(whole)
    assert (tmp_path / "whole.parquet").read_bytes() == whole.read_bytes()


def test_delta_and_iceberg_have_the_timeline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deltalake = pytest.importorskip("deltalake")
    pytest.importorskip("pyiceberg")
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {"__name__": "__main__"}
    exec(compile(FILES["lakes.py"], "lakes.py", "exec"), names)
    timeline, table = names["timeline"], names["table"]
    expected = in_order(timeline.to_arrow())
    assert in_order(deltalake.DeltaTable("events_delta").to_pyarrow_table()) == expected
    assert in_order(table.scan().to_arrow()) == [with_lists(event) for event in expected]

    timeline.write("added.parquet")
    added = names["catalog"].create_table("shop.added", schema=timeline.schema())
    added.add_files([str(tmp_path / "added.parquet")])
    assert in_order(added.scan().to_arrow()) == [with_lists(event) for event in expected]


def in_order(table: Any) -> list[dict[str, Any]]:
    return sorted(table.to_pylist(), key=lambda event: event["event_id"])


def with_lists(event: dict[str, Any]) -> dict[str, Any]:
    """As pyiceberg has it."""
    return {**event, "props": {**event["props"], "items": event["props"]["items"] or []}}
