"""What Spark reads is what the program writes."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest
from event_simulator import Scenario, shipped_scenarios
from event_simulator.spark import truth_table
from event_simulator.spark_options import SourceOptions

SHOP = {"scenario": "web-shop", "seed": 7, "users": 50}
FAULTY = """
simulation: { num_users: 20, duration_seconds: 900 }
faults:
  late: { share: 0.1, delay: { median: 20s, p90: 5m } }
  duplicates: { share: 0.1, delay: { min: 1s, max: 10m } }
  malformed: { share: 0.2 }
policy: { deduplicate: { by: [event_id] } }
"""


def shop() -> Any:
    return Scenario("web-shop").timeline(seed=7, users=50)


def rows(table: Any) -> list[dict[str, Any]]:
    return sorted(table.to_pylist(), key=lambda row: row.get("event_id") or row["delivery_id"])


@pytest.mark.parametrize("shards", [1, 4])
def test_shards_are_partitions_and_together_the_whole(read: Any, shards: int) -> None:
    events = read(**SHOP, shards=shards)
    assert rows(events.toArrow()) == rows(shop().to_arrow())
    partitions = {row[0] for row in events.selectExpr("spark_partition_id()").distinct().collect()}
    assert partitions <= set(range(shards))
    assert shards == 1 or len(partitions) > 1


@pytest.mark.parametrize("name", ["awkward", "news-site", "checkout-experiment", "saas", "custom-events"])
def test_columns_are_those_of_any_scenario(read: Any, name: str) -> None:
    timeline = Scenario(name).timeline(users=5, duration="1h", seed=3)
    events = read(scenario=name, users=5, duration="1h", seed=3)
    assert rows(events.toArrow()) == rows(timeline.to_arrow())
    assert events.columns == timeline.schema().names
    assert name in shipped_scenarios()


def test_deliveries_are_what_arrives(read: Any, tmp_path: Path) -> None:
    path = tmp_path / "faulty.yaml"
    path.write_text(FAULTY)
    deliveries = read(scenario=path, what="deliveries", shards=2)
    assert rows(deliveries.toArrow()) == rows(Scenario(path).deliveries().to_arrow())


@pytest.mark.parametrize("table", ["event_counts", "page_engagement", "users_active", "sessions", "retention"])
def test_tables_are_exact_whole_and_merged_from_shards(spark: Any, read: Any, table: str) -> None:
    truth = Scenario("web-shop").truth(seed=7, users=50, rows=True, retention=True)[table]
    expected = truth.to_arrow().to_pylist()
    key = str
    assert sorted(read(**SHOP, what=table).toArrow().to_pylist(), key=key) == sorted(expected, key=key)
    merged = truth_table(spark, "web-shop", table, shards=3, seed=7, users=50)
    assert sorted(merged.toArrow().to_pylist(), key=key) == sorted(expected, key=key)


def test_tables_under_a_policy_merge_too(spark: Any, read: Any, tmp_path: Path) -> None:
    path = tmp_path / "faulty.yaml"
    path.write_text(FAULTY)
    expected = Scenario(path).truth(policy="scenario")["event_counts"].to_arrow().to_pylist()
    for table in (
        read(scenario=path, what="event_counts", policy="scenario"),
        truth_table(spark, path, "event_counts", shards=3, policy="scenario"),
    ):
        assert sorted(table.toArrow().to_pylist(), key=str) == sorted(expected, key=str)


def test_tasks_elsewhere_need_no_file(tmp_path: Path) -> None:
    path = tmp_path / "shop.yaml"
    path.write_text(FAULTY)
    expected = Scenario(path).timeline(shard="0/2").to_arrow().to_pylist()
    carried = pickle.dumps(SourceOptions.read({"scenario": str(path), "shards": "2"}))
    # Another one by the same name, as it may be on another machine.
    path.write_text("simulation: { num_users: 1 }\n")
    batches = pickle.loads(carried).batches("0/2")
    assert [row for batch in batches for row in batch.to_pylist()] == expected


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"scenario": "web-shp"}, "did you mean `web-shop`?"),
        ({"scenario": "web-shop", "user": 3}, "there is no option 'user'"),
        ({"scenario": "web-shop", "users": "many"}, "many"),
        ({}, "no scenario is named"),
        ({"scenario": "web-shop", "what": "event_count"}, "event_counts"),
        ({"scenario": "web-shop", "what": "event_counts", "shards": 2}, "truth_table()"),
        ({"scenario": "web-shop", "shards": 0}, "shards=0 is no number of parts"),
        ({"scenario": "continuous"}, "this scenario has no end"),
        ({"scenario": "web-shop", "policy": "web"}, "a policy makes no difference to what=timeline"),
    ],
)
def test_what_cannot_be_is_said_once_before_there_is_a_task(read: Any, options: dict[str, Any], said: str) -> None:
    with pytest.raises(Exception, match="event_simulator") as caught:
        read(**options).collect()
    message = str(caught.value)
    assert message.count(said) == 1
    assert len(message.splitlines()) < 20
    assert "\tat " not in message


def test_a_wrong_scenario_fails_with_what_check_says(read: Any, tmp_path: Path) -> None:
    path = tmp_path / "wrong.yaml"
    path.write_text("simulation:\n  num_user: 3\nsed: 7\n")
    with pytest.raises(Exception, match="num_user: unknown key") as caught:
        read(scenario=path).collect()
    message = str(caught.value)
    assert f"{path}:2:3: error: simulation.num_user" in message
    assert "did you mean `num_users`?" in message
    assert message.count("unknown key") == 2
    assert len(message.splitlines()) < 20


@pytest.mark.spark_only
def test_a_task_that_is_killed_gives_the_same_rows_again(spark: Any, read: Any, tmp_path: Path) -> None:
    killed = tmp_path / "killed"

    def once(batches: Any) -> Any:
        for number, batch in enumerate(batches):
            if number == 0 and not killed.exists():
                killed.write_text("")
                yield batch.slice(0, 1)
                os.kill(os.getpid(), signal.SIGKILL)
            yield batch

    events = read(**SHOP, shards=2)
    assert rows(events.mapInArrow(once, events.schema).toArrow()) == rows(shop().to_arrow())
    assert killed.exists()


@pytest.mark.spark_only
def test_no_program_is_left_of_a_query_that_stops_early(read: Any) -> None:
    events = read(scenario="load-test", users=20000, duration="10h", shards=2)
    assert len(events.take(5)) == 5
    listed = subprocess.run(["ps", "-eo", "args"], check=True, capture_output=True, text=True).stdout
    assert not [line for line in listed.splitlines() if "load-test" in line and "--users=20000" in line]
