"""Every example of docs/python.md does what it says."""

from __future__ import annotations

import doctest
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT

PAGE = ROOT / "docs/python.md"
BLOCK = re.compile(r"^```(\w+)(?: title=(\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
BLOCKS = [match.groups() for match in BLOCK.finditer(PAGE.read_text(encoding="utf-8"))]


def test_examples_say_what_they_say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for library in ["pandas", "pyarrow", "duckdb"]:
        pytest.importorskip(library)
    monkeypatch.chdir(tmp_path)
    session = "".join(text for kind, _, text in BLOCKS if kind == "pycon")
    examples = doctest.DocTestParser().get_doctest(session, {}, "python.md", str(PAGE), 0)
    assert len(examples.examples) > 20
    output: list[str] = []
    flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    result = doctest.DocTestRunner(optionflags=flags).run(examples, out=output.append)
    assert result.failed == 0, "".join(output)


def test_files_are_tested_as_shown(tmp_path: Path) -> None:
    pytest.importorskip("hypothesis")
    commands = 0
    for kind, title, text in BLOCKS:
        if title:
            (tmp_path / title).write_text(text)
        elif kind == "console":
            command, *expected = text.splitlines()
            written = run(command[2:], tmp_path)
            for line in expected:
                assert line in written, written
            commands += 1
    assert commands == 2


def test_a_failure_looks_as_shown(tmp_path: Path) -> None:
    for _, title, text in BLOCKS:
        if title:
            (tmp_path / title).write_text(text)
    pipeline = tmp_path / "pipeline.py"
    pipeline.write_text(
        pipeline.read_text().replace("for e in events)", 'for e in events if e["event_type"] != "page_closed")')
    )
    written = run("pytest -q --color=no test_pipeline.py -k seed3", tmp_path)
    shown = PAGE.read_text(encoding="utf-8").split("`page_closed` it says\n\n")[1].split("\n\n|")[0]
    for line in (line.strip() for line in shown.splitlines()):
        wanted = line[4:] if line.startswith("E   ") else line
        if wanted in {"...", "E", ""} or wanted.startswith("----"):
            continue
        assert wanted.strip() in written, f"{wanted}\n{written}"


def run(command: str, folder: Path) -> str:
    """Runs a command as a user does, with the interpreter of the tests."""
    words = command.split()
    if words[0] == "pytest":
        words = [sys.executable, "-m", *words]
    else:
        words[0] = shutil.which(words[0]) or words[0]
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(words, cwd=folder, env=environment, check=False, capture_output=True, text=True)
    return done.stdout + done.stderr
