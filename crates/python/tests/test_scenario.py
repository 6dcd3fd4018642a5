from __future__ import annotations

import pickle
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Callable

import pytest
from conftest import digest
from event_simulator import Scenario, ScenarioError, SimulatorError, Timeline, UsageError, shipped_scenarios

Cli = Callable[..., bytes]


def test_a_timeline_has_the_bytes_of_the_program(cli: Cli) -> None:
    for name in shipped_scenarios():
        written = cli("generate", name, "--seed", 7, "--users", 3, "--duration", "20m", "--without-faults")
        timeline = Scenario(name).timeline(seed=7, users=3, duration="20m")
        assert digest(b"".join(timeline.lines())) == digest(written), name


def test_overrides_are_those_of_the_program(cli: Cli) -> None:
    written = cli("generate", "quick-test", "--duration", 90, "--start", "2026-03-01T12:00:00Z", "--at-end", "cut")
    start = datetime(2026, 3, 1, 13, tzinfo=timezone(timedelta(hours=1)))
    timeline = Scenario("quick-test").timeline(duration=timedelta(seconds=90), start=start, at_end="cut")
    assert b"".join(timeline.lines()) == written
    naive = Scenario("quick-test").timeline(duration=90.0, start=datetime(2026, 3, 1, 12), at_end="cut")
    assert b"".join(naive.lines()) == written


def test_shards_and_jobs_give_the_same_events() -> None:
    scenario = Scenario("quick-test")
    whole = [event["event_id"] for event in scenario.timeline()]
    assert [event["event_id"] for event in scenario.timeline(jobs=2)] == whole
    parts = [event["event_id"] for i in range(3) for event in scenario.timeline(shard=f"{i}/3")]
    assert sorted(parts) == sorted(whole)


def test_a_file_a_text_and_a_dict_are_the_same_scenario(tmp_path: Path) -> None:
    keys = {"seed": 3, "simulation": {"num_users": 2, "duration_seconds": 60}}
    text = "seed: 3\nsimulation: { num_users: 2, duration_seconds: 60 }\n"
    path = tmp_path / "shop.yaml"
    path.write_text(text)
    scenarios = [Scenario(path), Scenario.load(str(path)), Scenario.from_yaml(text), Scenario.from_dict(keys)]
    timelines = [b"".join(scenario.timeline().lines()) for scenario in scenarios]
    assert timelines[0]
    assert set(timelines) == {timelines[0]}
    assert scenarios[0].name == "shop"


def test_a_wrong_scenario_says_all_that_is_wrong(tmp_path: Path) -> None:
    path = tmp_path / "wrong.yaml"
    path.write_text("simulation:\n  num_user: 3\nseed: x\n")
    with pytest.raises(ScenarioError) as caught:
        Scenario(path).check()
    error = caught.value
    assert (error.file, error.line, error.column, error.key) == (str(path), 2, 3, "simulation.num_user")
    assert error.message == "unknown key"
    assert error.help is not None
    assert "`num_users`" in error.help
    assert [problem.key for problem in error.problems] == ["simulation.num_user", "seed"]
    assert str(error).splitlines()[0] == f"{path}:2:3: error: simulation.num_user: unknown key"
    again = pickle.loads(pickle.dumps(error))
    assert (str(again), again.line) == (str(error), 2)


@pytest.mark.parametrize(
    "use",
    [
        lambda scenario: list(scenario.timeline()),
        lambda scenario: scenario.plan(),
        lambda scenario: scenario.effective(),
        lambda scenario: scenario.fields(),
        lambda scenario: list(scenario.deliveries()),
        lambda scenario: dict(scenario.truth()),
        lambda scenario: dict(scenario.truth(policy="web")),
        lambda scenario: scenario.timeline().to_arrow(),
        lambda scenario: scenario.timeline().schema(),
        lambda scenario: scenario.deliveries().to_arrow(),
    ],
)
def test_whatever_is_asked_of_a_wrong_scenario_says_so(use: Callable[[Scenario], object]) -> None:
    pytest.importorskip("pyarrow")
    with pytest.raises(ScenarioError, match=r"simulation\.num_users: "):
        use(Scenario.from_dict({"simulation": {"num_users": -3}}))


def test_a_scenario_that_is_not_there() -> None:
    with pytest.raises(UsageError, match="no shipped scenario of that name") as caught:
        Scenario("web-shopp").check()
    assert "web-shop" in str(caught.value)
    with pytest.raises(SimulatorError, match="no such file"):
        Timeline.read("nothing.jsonl")


def test_warnings_are_given(tmp_path: Path) -> None:
    assert Scenario("web-shop").check() == []
    path = tmp_path / "odd.yaml"
    path.write_text("flow_diagnostics: 3\n")
    with pytest.raises(ScenarioError):
        Scenario(path).check()


def test_a_plan_and_fields_are_data() -> None:
    plan = Scenario("quick-test").plan(users=20)
    assert plan["users"] == 20
    assert plan["events"] > 100
    fields = Scenario("web-shop").fields()
    assert {"event_type", "field", "type"} <= fields[0].keys() | {"type"}
    assert "num_users: 10" in Scenario("quick-test").effective()


def test_deliveries_are_those_of_the_program(cli: Cli, shop: Path, tmp_path: Path) -> None:
    deliveries = Scenario(shop).deliveries(seed=7)
    written = cli("generate", shop, "--seed", 7, "--format", "deliveries")
    assert b"".join(deliveries.lines()) == written
    deliveries.write(tmp_path / "deliveries.jsonl")
    assert (tmp_path / "deliveries.jsonl").read_bytes() == written
    deliveries.write_log(tmp_path / "log.jsonl")
    assert (tmp_path / "log.jsonl").read_bytes() == cli("generate", shop, "--seed", 7)
    kinds = {kind for delivery in deliveries for kind in ("body", "raw", "raw_hex") if kind in delivery}
    assert kinds == {"body", "raw", "raw_hex"}


def test_bodies_are_the_bytes_that_replay_sends(cli: Cli, shop: Path, tmp_path: Path) -> None:
    deliveries = Scenario(shop).deliveries(seed=7)
    deliveries.write(tmp_path / "deliveries.jsonl")
    replayed = cli("replay", tmp_path / "deliveries.jsonl", "--url", "stdout:", "--speed", "max")
    # Standard output has a line each; what has line ends in it is no line.
    whole = sorted(body for body in deliveries.bodies() if b"\n" not in body)
    lines = sorted(replayed.splitlines())
    assert set(whole) <= set(lines)


def test_a_timeline_is_what_happened_whatever_becomes_of_it(shop: Path) -> None:
    keys = "simulation: { num_users: 5, duration_seconds: 900 }\n"
    assert list(Scenario(shop).timeline()) == list(Scenario.from_yaml(keys).timeline())


def test_writing_names_the_form_by_the_extension(tmp_path: Path, cli: Cli) -> None:
    timeline = Scenario("quick-test").timeline(seed=7)
    timeline.write(tmp_path / "events.csv")
    assert (tmp_path / "events.csv").read_bytes() == cli("generate", "quick-test", "--seed", 7, "--format", "csv")
    timeline.write(tmp_path / "calls.jsonl", format="segment")
    assert (tmp_path / "calls.jsonl").read_bytes() == cli("generate", "quick-test", "--seed", 7, "--format", "segment")
    with pytest.raises(UsageError, match="orc"):
        timeline.write(tmp_path / "events.orc")


def test_a_read_timeline_gives_its_lines(tmp_path: Path) -> None:
    timeline = Scenario("quick-test").timeline(seed=7)
    for name in ["events.jsonl", "events.jsonl.gz"]:
        timeline.write(tmp_path / name)
        assert list(Timeline.read(tmp_path / name)) == list(timeline)
    few = Timeline.of([{"event_type": "a", "props": {"name": "é"}}], tmp_path / "few.jsonl")
    assert list(few) == [{"event_type": "a", "props": {"name": "é"}}]
