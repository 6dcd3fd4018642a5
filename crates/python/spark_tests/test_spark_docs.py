"""Every example of docs/spark.md does what it says."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from conftest import ON_SAIL
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
    assert set(FILES) == {*SAID, "shop.yaml", "shards.sh"}


@pytest.mark.parametrize("name", SAID)
def test_python(spark: Any, name: str, tmp_path: Path, capsys: Any) -> None:
    if ON_SAIL and name == "stream.py":
        pytest.skip("Sail has no streams")
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
