"""The pytest plugin: timelines and their truth as fixtures, a seed a test."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterable
from typing import Any

import pytest

from .collector import Collector
from .deliveries import Deliveries
from .errors import SimulatorError
from .minimization import minimize
from .pytest_case import Case, cases_of
from .testing import GoldenDiffers, settings
from .timeline import Timeline
from .truth import Truth

#: The fixture that the others depend on, which the marker parametrises.
CASE = "simulator_case"

#: What ends a test for reasons that no smaller timeline would have.
_NO_FAILURES = (pytest.skip.Exception, pytest.xfail.Exception, SimulatorError, GoldenDiffers)

_SMALLEST = pytest.StashKey[str]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds the options."""
    group = parser.getgroup("event-simulator")
    group.addoption(
        "--minimize",
        action="store_true",
        help="find the smallest timeline on which a test with a scenario still fails",
    )
    group.addoption("--update-golden", action="store_true", help="write golden timelines anew")


# Last, because it asks the terminal.
@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Explains the marker, and tells the assertions what they have to know."""
    config.addinivalue_line(
        "markers",
        "scenario(source, seeds=None, users=None, duration=None, start=None, policy=None, rows=False): "
        "runs the test once a seed, with the fixtures timeline and truth of the scenario",
    )
    workerinput = getattr(config, "workerinput", None)
    settings.color = _has_color(config) if workerinput is None else workerinput["event_simulator_color"]
    settings.update_golden = config.getoption("--update-golden")


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tells a worker of xdist, which has no terminal, whether there are colours."""
    node.workerinput["event_simulator_color"] = _has_color(node.config)


def _has_color(config: pytest.Config) -> bool:
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    return reporter is not None and config.get_terminal_writer().hasmarkup


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Makes a test of each seed."""
    if CASE not in metafunc.fixturenames:
        return
    cases: list[Case] = []
    for marker in metafunc.definition.iter_markers("scenario"):
        cases += cases_of(marker, metafunc.definition.path.parent, metafunc.config)
    if cases:
        metafunc.parametrize(CASE, cases, ids=[case.id for case in cases], indirect=True)


@pytest.fixture(name=CASE)
def simulator_case(request: pytest.FixtureRequest) -> Case:
    """The scenario and the seed of a test, from its marker."""
    case: Case | None = getattr(request, "param", None)
    if case is None:
        pytest.fail('the test needs a scenario: @pytest.mark.scenario("shop.yaml", seeds=range(20))', pytrace=False)
    if case.problem is not None:
        pytest.fail(case.problem, pytrace=False)
    return case


@pytest.fixture
def timeline(simulator_case: Case) -> Timeline:
    """What truly happens in the scenario of the test, with its seed."""
    return simulator_case.timeline()


@pytest.fixture
def truth(simulator_case: Case) -> Truth:
    """The tables that are right for the scenario of the test, with its seed and under its policy."""
    return simulator_case.truth()


@pytest.fixture
def deliveries(simulator_case: Case) -> Deliveries:
    """What arrives in the scenario of the test, after its faults."""
    return simulator_case.deliveries()


@pytest.fixture
def collector() -> Generator[Collector, None, None]:
    """A collector on a free port, which is stopped after the test."""
    with Collector() as running:
        yield running


@pytest.hookimpl(hookwrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, Any, None]:
    """Looks for the smallest timeline on which a test fails, if that is asked for."""
    outcome = yield
    if outcome.excinfo is None or not pyfuncitem.config.getoption("--minimize"):
        return
    case: Any = pyfuncitem.funcargs.get(CASE)
    error = outcome.excinfo[1]
    is_failure = isinstance(error, Exception) and not isinstance(error, _NO_FAILURES)
    if case is None or not is_failure or not {"timeline", "truth"} & pyfuncitem.funcargs.keys():
        return
    pyfuncitem.stash[_SMALLEST] = _smallest(pyfuncitem, case, error)


def _smallest(item: pytest.Function, case: Case, error: Exception) -> str:
    """Runs the test on ever smaller timelines, and says what is left."""
    names = item._fixtureinfo.argnames
    arguments: dict[str, Any] = {name: item.funcargs[name] for name in names}

    def test(candidate: Timeline) -> None:
        own = {"timeline": candidate, "truth": case.truth_of(candidate)}
        item.obj(**{**arguments, **{name: own[name] for name in own if name in arguments}})

    folder = item.config.cache.mkdir("event-simulator") if item.config.cache is not None else None
    name = re.sub(r"[^\w.-]+", "-", item.nodeid)
    path = str(folder / f"{name}.jsonl") if folder is not None else None
    try:
        left = minimize(case.timeline(), test, raises=type(error), output=path)
    except SimulatorError as failed:
        return f"no smaller timeline was found: {failed.message}"
    lines = [line.decode(errors="replace").rstrip() for line in left.lines()]
    where = f" in {path}" if path is not None else ""
    return "\n".join([f"{len(lines)} events, found in {left.runs} runs{where}", *_first(lines)])


def _first(lines: list[str]) -> Iterable[str]:
    most = 10
    yield from lines[:most]
    if len(lines) > most:
        yield f"and {len(lines) - most} more"


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, None]:
    """Adds to a failure the seed, and the lines that make it again."""
    report: pytest.TestReport = (yield).get_result()
    case: Any = getattr(item, "funcargs", {}).get(CASE)
    if case is None or not report.failed:
        return
    report.sections.append(("event simulator", case.reproduction(item.nodeid)))
    smallest = item.stash.get(_SMALLEST, None)
    if smallest is not None and report.when == "call":
        report.sections.append(("event simulator: the smallest timeline", smallest))
