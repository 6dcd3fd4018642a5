"""Strategies for Hypothesis: seeds, small scenarios and their timelines.

Smaller is simpler: fewer users, shorter, the seed 0, and no faults.
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from .scenario import Scenario
from .simulation import PathLike
from .timeline import SimulatedTimeline

#: Faults that small scenarios may have.
_FAULTS: dict[str, dict[str, Any]] = {
    "late": {"share": 0.1, "delay": {"median": "20s", "p90": "5m"}},
    "out_of_order": {"share": 0.1},
    "lost": {"share": 0.05},
    "duplicates": {"share": 0.1, "delay": {"min": "1s", "max": "10m"}},
    "twins": {"share": 0.05, "delay": "1s"},
    "malformed": {"share": 0.05},
}


def seeds() -> st.SearchStrategy[int]:
    """Seeds: whole numbers of 64 bits, small ones first."""
    return st.integers(0, 2**64 - 1)


@st.composite
def scenarios(draw: st.DrawFn, *, max_users: int = 5, max_minutes: int = 30, faults: bool = False) -> Scenario:
    """Small scenarios, which any pipeline must be right for.

    Args:
        draw: Given by Hypothesis.
        max_users: The most users.
        max_minutes: The longest duration.
        faults: Whether there may be faults, for ``deliveries()`` and ``truth(policy=...)``.
    """
    keys: dict[str, Any] = {
        "seed": draw(seeds()),
        "simulation": {
            "num_users": draw(st.integers(1, max_users)),
            "duration_seconds": 60 * draw(st.integers(1, max_minutes)),
            "at_end": draw(st.sampled_from(["finish", "cut"])),
        },
        # Over midnight: what is right on one day is often wrong on two.
        "start_time": draw(st.sampled_from(["2026-01-01T00:00:00Z", "2026-01-01T23:50:00Z"])),
    }
    if faults:
        names = draw(st.lists(st.sampled_from(sorted(_FAULTS)), unique=True, max_size=3))
        if names:
            keys["faults"] = {name: _FAULTS[name] for name in names}
    return Scenario.from_dict(keys)


@st.composite
def timelines(
    draw: st.DrawFn,
    scenario: Scenario | PathLike | None = None,
    *,
    max_users: int = 5,
    max_minutes: int = 30,
) -> SimulatedTimeline:
    """Small timelines: of a scenario with any seed, or of any small scenario.

    Args:
        draw: Given by Hypothesis.
        scenario: The scenario; any small one unless given.
        max_users: The most users.
        max_minutes: The longest duration.
    """
    if scenario is None:
        return draw(scenarios(max_users=max_users, max_minutes=max_minutes)).timeline()
    given = scenario if isinstance(scenario, Scenario) else Scenario(scenario)
    users = draw(st.integers(1, max_users))
    minutes = draw(st.integers(1, max_minutes))
    return given.timeline(seed=draw(seeds()), users=users, duration=60 * minutes)
