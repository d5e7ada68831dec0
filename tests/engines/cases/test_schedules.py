"""Random schedules through the database: no case is ever without owner, clock and reachable end."""

import random
from datetime import timedelta
from typing import Any

import pytest

from pengcheng.engines.cases import logic
from pengcheng.kernel.errors import Absent, Conflict, Forbidden, Refusal
from tests.engines.cases.town import KIND, Town

pytestmark = [pytest.mark.anyio, pytest.mark.slow]
UNITS = ("water@futian", "water@nanshan", "hotline@city")
PEOPLE = ("operator", "clerk", "clerk.nanshan", "chief", "citizen", "arbiter", "supervisor")
SIDE = ("message", "note", "suspend", "resume", "assist", "ask_extension", "supervise", "take")


async def one_move(town: Town, chance: random.Random, codes: list[str], verbs: list[str]) -> None:
    """Somebody tries something; what may not be is refused."""
    more: dict[str, Any] = {"unit": chance.choice(UNITS), "grade": chance.randint(1, 5),
                            "amount": 2}  # fmt: skip
    try:
        await town.act(chance.choice(PEOPLE), chance.choice(codes), chance.choice(verbs), **more)
    except (Absent, Conflict, Forbidden, Refusal):
        await town.pass_time(timedelta(hours=chance.choice((0, 0, 1, 24, 200))))


@pytest.mark.parametrize("seed", range(3))
async def test_no_case_is_ever_without_owner_clock_and_reachable_end(town: Town, seed: int) -> None:
    chance = random.Random(seed)
    registry = town.services.registry
    kind = registry.case_kind(KIND)
    process = registry.processes[kind.process]
    verbs = sorted({verb for step in process.steps for verb in step.actions} | set(SIDE))
    codes = [(await town.send()).code for _ in range(4)]
    for _ in range(120):
        await one_move(town, chance, codes, verbs)
        for code in codes:
            case = await town.case(code)
            logic.check_invariants(case, process)
            assert town.services.organisations.of(case.organisation_id).no == case.organisation_no
            assert case.dispatches <= logic.bound(kind, "dispatches")
            assert case.returns <= logic.bound(kind, "returns")
            assert case.reopenings <= logic.bound(kind, "reopenings")
    await town.pass_time(timedelta(days=60))
    assert town.query("select count(*) from cases where open and next_at < %s", town.clock.at) == [
        (0,)
    ]
