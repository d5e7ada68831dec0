"""Acceptance keeps pace with intake, so that what waits stays little, and never refuses for it."""

import pytest

from pengcheng.engines.cases.pacing import (
    ACCEPTED,
    EASY,
    INTAKE,
    INTAKE_BATCH,
    PAUSE_SECONDS,
    PAUSE_SECONDS_MAX,
    STANDSTILL_SECONDS,
    pause_for,
)
from pengcheng.ground import subscriptions
from tests.engines.cases.town import Town

pytestmark = pytest.mark.anyio


def test_nobody_waits_while_intake_has_less_than_half_a_batch() -> None:
    assert pause_for(0, 0.0) == 0.0
    assert pause_for(EASY, 5.0) == 0.0


def test_the_pause_grows_with_what_waits_and_has_an_end() -> None:
    pauses = [pause_for(waiting, 1.0) for waiting in range(EASY, 1000, 10)]

    assert pauses == sorted(pauses)
    assert pause_for(INTAKE_BATCH, 1.0) == PAUSE_SECONDS
    assert pauses[-1] == PAUSE_SECONDS_MAX


def test_nobody_waits_for_an_intake_that_stands_still() -> None:
    assert pause_for(1000, STANDSTILL_SECONDS) == 0.0


async def test_what_waits_is_counted_up_to_a_limit_until_intake_has_heard_it(town: Town) -> None:
    for _ in range(3):
        await town.send()

    async with town.services.database.reading() as work:
        three, seconds = await subscriptions.waiting(work, INTAKE, ACCEPTED, limit=1000)
        two, _ = await subscriptions.waiting(work, INTAKE, ACCEPTED, limit=2)
    await town.intake()
    async with town.services.database.reading() as work:
        none = await subscriptions.waiting(work, INTAKE, ACCEPTED, limit=1000)

    assert (three, two) == (3, 2)
    assert seconds > 0.0
    assert none == (0, 0.0)


async def test_who_reports_pauses_while_much_waits(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    paused: list[float] = []

    async def noted(seconds: float) -> None:
        paused.append(seconds)

    monkeypatch.setattr("pengcheng.engines.cases.pacing.EASY", 1)
    monkeypatch.setattr("pengcheng.engines.cases.pacing.LOOK_SECONDS", 0.0)
    monkeypatch.setattr("pengcheng.engines.cases.pacing.asyncio.sleep", noted)
    for _ in range(4):
        await town.send()

    assert len(paused) == 2
    assert paused[0] < paused[1]
