"""Figures that follow the log are those of a recount, whatever happened in between."""

import random
from datetime import date, timedelta
from typing import Any

import pytest

from pengcheng.kernel.authz import SYSTEM, Region, Scope
from pengcheng.kernel.errors import Absent, Conflict, Forbidden, Refusal
from tests.engines.cases.town import Town

pytestmark = pytest.mark.anyio
DAYS = (date(2026, 11, 1), date(2027, 2, 28))
EVERYTHING = Scope(action="read", type="indicator", regions=(Region(),), actor=SYSTEM)
AREAS = (None, "440304007016", "440305000000", "440300000000")
UNITS = ("water@futian", "water@nanshan")
MOVES = (
    ("operator", "dispatch"), ("clerk", "accept"), ("clerk.nanshan", "accept"), ("clerk", "reply"),
    ("chief", "approve"), ("citizen", "rate"), ("citizen", "reopen"), ("operator", "call_back"),
    ("clerk", "return"), ("clerk", "suspend"), ("citizen", "message"), ("citizen", "withdraw"),
)  # fmt: skip


async def one_move(town: Town, chance: random.Random, codes: list[str]) -> None:
    """Somebody tries something; what may not be is refused and changes nothing."""
    by, verb = chance.choice(MOVES)
    more: dict[str, Any] = {"unit": chance.choice(UNITS), "grade": chance.randint(1, 5)}
    try:
        await town.act(by, chance.choice(codes), verb, **more)
    except (Absent, Conflict, Forbidden, Refusal):
        await town.pass_time(timedelta(hours=chance.randint(0, 30)))


async def figures(town: Town, by: str | None) -> dict[str, list[tuple[Any, float, float]]]:
    """Every indicator by a dimension; without one, the sum over days."""
    indicators = town.services.indicators
    found = {}
    for name in town.services.registry.indicators:
        rows = await indicators.figures(EVERYTHING, name, DAYS, by or "day")
        found[name] = [(row.key, round(row.numerator, 6), row.denominator) for row in rows
                       if (row.numerator, row.denominator) != (0, 0)]  # fmt: skip
    return found


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
async def test_figures_equal_a_recount_and_districts_sum_to_the_city(town: Town, seed: int) -> None:
    chance = random.Random(seed)
    codes = [(await town.send(area_code=chance.choice(AREAS))).code for _ in range(8)]
    for _ in range(60):
        await one_move(town, chance, codes)
        await town.drain(town.services.indicators.subscriber())
    followed = {by: await figures(town, by) for by in ("day", "district", "unit", "category")}

    await town.services.indicators.rebuild()

    recounted = {by: await figures(town, by) for by in ("day", "district", "unit", "category")}
    assert followed == recounted
    assert any(followed["day"].values())
    for name in town.services.registry.indicators:
        city = await town.services.indicators.figure(EVERYTHING, name, DAYS)
        for rows in (followed[by][name] for by in followed):
            assert sum(row[1] for row in rows) == pytest.approx(city.numerator)
            assert sum(row[2] for row in rows) == pytest.approx(city.denominator)
