"""Intake thinks the next batch over while it writes one; what it thought is never the last word."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import pytest

from pengcheng.engines.cases import Analysis, Intake, thinking
from pengcheng.ground.subscriptions import Subscriber
from pengcheng.kernel.errors import Refusal
from tests.engines.cases.town import KIND, Stand, Town

pytestmark = pytest.mark.anyio


class Counting(Stand):
    """Keeps what it was asked for; the second time it fails, if told to."""

    def __init__(self, *, fails: bool = False) -> None:
        self.asked: list[list[str]] = []
        self._fails = fails

    def analyse(self, rows: Sequence[Mapping[str, Any]]) -> Sequence[Analysis]:
        self.asked.append([str(row["subject"]) for row in rows])
        if self._fails and len(self.asked) == 2:
            raise Refusal("test.failed")
        return super().analyse(rows)


@pytest.fixture
def one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Batches of one, and the next ones thought over meanwhile."""
    monkeypatch.setattr(thinking, "AHEAD_MIN", 1)


def hearing(town: Town, analyst: Stand) -> Subscriber:
    intake = Intake(town.services.cases, town.services.areas, {KIND: analyst})
    return msgspec.structs.replace(intake.subscriber(), batch=1)


async def sent(town: Town, *subjects: str) -> list[str]:
    return [(await town.send(fields={"subject": one})).code for one in subjects]


@pytest.mark.usefixtures("one_by_one")
async def test_what_was_thought_over_ahead_is_not_thought_over_again(town: Town) -> None:
    codes = await sent(town, "堵一", "堵二", "堵三")
    analyst = Counting()

    assert await town.drain(hearing(town, analyst)) == 3

    assert [(await town.case(code)).step for code in codes] == ["accepting"] * 3
    assert analyst.asked[:2] == [["堵一"], ["堵二", "堵三"]]
    assert all("堵二" not in asked for asked in analyst.asked[2:])


@pytest.mark.usefixtures("one_by_one")
async def test_what_failed_ahead_is_thought_over_when_its_turn_comes(town: Town) -> None:
    codes = await sent(town, "堵一", "堵二")
    analyst = Counting(fails=True)

    await town.drain(hearing(town, analyst))

    assert [(await town.case(code)).step for code in codes] == ["accepting"] * 2
    assert analyst.asked[:3] == [["堵一"], ["堵二"], ["堵二"]]
    assert town.query("select count(*) from parked") == [(0,)]


@pytest.mark.usefixtures("one_by_one")
async def test_a_case_that_a_person_took_meanwhile_stays_as_it_is(town: Town) -> None:
    first, second = await sent(town, "堵一", "堵二")
    subscriber = hearing(town, Counting())
    await town.advance(subscriber)
    await town.act("operator", second, "dispatch", unit="water@nanshan")

    await town.drain(subscriber)

    assert (await town.case(first)).step == "accepting"
    assert (await town.case(second)).organisation_id == town.unit("water@nanshan")
    assert town.log_of(second).count("case.dispatched") == 1
