from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Callable

import pytest
from event_simulator import MissingLibraryError, Scenario, Timeline, Truth, shipped_scenarios

pyarrow = pytest.importorskip("pyarrow")

Cli = Callable[..., bytes]


def test_arrow_has_the_values_of_the_lines() -> None:
    for name in shipped_scenarios():
        timeline = Scenario(name).timeline(seed=7, users=3, duration="20m")
        table = timeline.to_arrow()
        lines = list(timeline)
        assert table.num_rows == len(lines)
        for column in ["event_id", "event_type", "user_id", "session_id"]:
            assert table[column].to_pylist() == [line[column] for line in lines], (name, column)
        times = [time.isoformat(timespec="milliseconds").replace("+00:00", "Z") for time in table["event_time"].to_pylist()]
        assert times == [line["event_time"] for line in lines]
        assert table.schema == timeline.schema()
        assert pyarrow.Table.from_batches(timeline.batches(), timeline.schema()) == table


def test_parquet_has_the_same_table(tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    timeline = Scenario("web-shop").timeline(users=3)
    for name in ["events.parquet", "events.arrow"]:
        timeline.write(tmp_path / name)
        assert Timeline.read(tmp_path / name).to_arrow().equals(timeline.to_arrow())
    assert parquet.read_table(tmp_path / "events.parquet").num_rows == timeline.to_arrow().num_rows


def test_pandas_and_polars() -> None:
    pytest.importorskip("pandas")
    pytest.importorskip("polars")
    timeline = Scenario("web-shop").timeline(seed=7, users=3)
    ids = [event["event_id"] for event in timeline]
    assert list(timeline.to_pandas()["event_id"]) == ids
    assert timeline.to_polars()["event_id"].to_list() == ids
    truth = Scenario("web-shop").truth(seed=7, users=3)
    assert truth["users_active"].to_pandas().to_dict("records") == truth["users_active"].rows
    assert truth["users_active"].to_polars().to_dicts() == truth["users_active"].rows


def test_deliveries_are_a_table(shop: Path) -> None:
    deliveries = Scenario(shop).deliveries(seed=7)
    table = deliveries.to_arrow()
    rows = list(deliveries)
    assert table.num_rows == len(rows)
    for row, line in zip(table.to_pylist(), rows):
        assert row["delivery_id"] == line["delivery_id"]
        assert (row["raw"], row["raw_hex"]) == (line.get("raw"), line.get("raw_hex"))
        body = row["body"]
        assert (json.loads(body) if body is not None else None) == line.get("body")


def test_the_truth_is_that_of_the_program(cli: Cli, shop: Path) -> None:
    for flags in [{}, {"rows": True, "retention": True}]:
        truth = Scenario("web-shop").truth(seed=7, users=3, **flags)
        arguments = [f"--{flag}" for flag in flags]
        written = json.loads(cli("expect", "--scenario", "web-shop", "--seed", 7, "--users", 3, *arguments))
        assert {name: table.rows for name, table in truth.items()} == written["tables"]
    counted = Scenario(shop).truth(policy="web", seed=7)
    written = json.loads(cli("expect", "--scenario", shop, "--seed", 7, "--policy", "web"))
    assert {name: table.rows for name, table in counted.items()} == written["tables"]


def test_policies_of_all_kinds(shop: Path, tmp_path: Path) -> None:
    rules = {"deduplicate": {"by": ["event_id"]}}
    path = tmp_path / "rules.yaml"
    path.write_text(json.dumps(rules))
    scenario = Scenario(shop)
    tables = [dict(scenario.truth(policy=policy))["event_counts"].rows for policy in ("scenario", path, rules)]
    assert tables[0] == tables[1] == tables[2] != scenario.truth()["event_counts"].rows


def test_columns_have_the_same_types_whatever_rows_there_are(tmp_path: Path) -> None:
    kinds = {str: "string", int: "int64", float: "double", bool: "bool"}
    for name in shipped_scenarios():
        truth = Scenario(name).truth(users=5, duration="2h", rows=True, retention=True)
        for table in truth.values():
            types = {field.name: str(field.type) for field in table.schema()}
            assert list(types) == table.columns
            for row in table.rows:
                for column, value in row.items():
                    found = types[column] if value is None else kinds[type(value)]
                    assert types[column] == found, (name, table.name, column, value)
            assert table.to_arrow().num_rows == len(table)
    (tmp_path / "none.jsonl").write_text("")
    empty = Truth(Timeline.read(tmp_path / "none.jsonl"))
    assert empty["page_engagement"].to_arrow().schema.field("avg_time_seconds").type == pyarrow.float64()


def test_other_lines_have_inferred_columns(tmp_path: Path) -> None:
    timeline = Scenario("quick-test").timeline()
    for name in ["events.jsonl", "events.jsonl.gz", "events.jsonl.zst", "events.csv"]:
        timeline.write(tmp_path / name)
        table = Timeline.read(tmp_path / name).to_arrow()
        assert table["event_time"].to_pylist() == timeline.to_arrow()["event_time"].to_pylist()


def test_a_missing_library_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str, *_: Any) -> Any:
        raise ModuleNotFoundError(f"No module named {name!r}", name=name.partition(".")[0])

    monkeypatch.setattr("importlib.import_module", missing)
    with pytest.raises(MissingLibraryError, match=r"pip install 'event-simulator\[polars\]'"):
        Scenario("quick-test").timeline().to_polars()
    with pytest.raises(ImportError, match=r"pyarrow.ipc is not installed"):
        Scenario("quick-test").timeline().to_arrow()
