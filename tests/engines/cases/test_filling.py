"""Filling cases of an earlier system: as they stood, with their history, found and counted."""

from datetime import timedelta

import pytest

from pengcheng.engines.cases import (
    CaseQuery,
    Evaluation,
    Filling,
    Happened,
    NewCase,
    PastCase,
    Rated,
)
from pengcheng.kernel.authz import SEALED, SYSTEM, Region, Scope
from pengcheng.kernel.errors import Refusal
from tests.city import CELL
from tests.engines.cases.town import KIND, MONDAY, Town

pytestmark = pytest.mark.anyio
BEGUN = MONDAY - timedelta(days=40)


def over(action: str) -> Scope:
    return Scope(action=action, type=KIND, regions=(Region(sensitivity=SEALED),), actor=SYSTEM)


def past(town: Town, subject: str, **told: object) -> PastCase:
    unit = next(one for one in town.services.organisations.all() if one.level == "district")
    values = {
        "step": "closed", "replied_at": BEGUN + timedelta(hours=6),
        "closed_at": BEGUN + timedelta(hours=9), "satisfaction": 4,
        "happened": [Happened("case.dispatched", BEGUN + timedelta(hours=1)),
                     Happened("case.closed", BEGUN + timedelta(hours=9), {"grade": 4})],
        "replies": [(BEGUN + timedelta(hours=6), "已疏通\t\\N\n谢谢")],
        "rated": [Rated(BEGUN + timedelta(hours=8), Evaluation(source="author", grade=4))],
        **told,
    }  # fmt: skip
    return PastCase(
        new=NewCase(
            kind=KIND, channel="telephone", area_code=CELL, accepted_at=BEGUN,
            fields={"subject": subject, "body": "正文\\有\t符号"}, point=(114.05, 22.54),
            category="市政/排水",
        ),
        organisation_id=unit.id, **values,  # type: ignore[arg-type]  # by name
    )  # fmt: skip


async def test_a_past_case_stands_as_it_ended_with_its_history_in_order(town: Town) -> None:
    services = town.services
    filled = await Filling(services.cases).fill(over("create"), iter([past(town, "井盖丢了")]))
    page = await services.cases.page(over("read"), CaseQuery(kind=KIND, state="all"))
    (line,) = page.cases
    view = await services.cases.view(over("read"), services.rights, line.id)

    assert filled == 1
    assert (line.title, line.open, line.accepted_at, line.satisfaction) == (
        "井盖丢了", False, BEGUN, 4
    )  # fmt: skip
    assert view.fields["body"] == "正文\\有\t符号"
    assert view.case.point == pytest.approx((114.05, 22.54))
    assert [(entry.kind, entry.at) for entry in view.timeline] == [
        ("case.accepted", BEGUN), ("case.dispatched", BEGUN + timedelta(hours=1)),
        ("case.closed", BEGUN + timedelta(hours=9)),
    ]  # fmt: skip
    assert [message.body for message in view.messages] == ["已疏通\t\\N\n谢谢"]
    assert [(one["source"], one["grade"]) for one in view.evaluations] == [("author", 4)]


async def test_a_past_case_is_found_by_its_words_and_counted_in_its_month(town: Town) -> None:
    services = town.services
    await Filling(services.cases).fill(over("create"), [past(town, "井盖丢了")])
    await services.indicators.rebuild()
    hits = await services.search.find(over("search"), "井盖")
    day = BEGUN.date()
    figure = await services.indicators.figure(over("read"), "demands", (day, day))

    assert [hit.title for hit in hits] == ["井盖丢了"]
    assert figure.value == 1
    async with services.database.reading() as work:
        month = await work.value(
            "select tableoid::regclass::text from log where kind = 'case.dispatched'"
        )
    assert month == f"log_{BEGUN:%Y_%m}"


async def test_a_wrong_case_is_named_and_none_is_filled(town: Town) -> None:
    services = town.services
    with pytest.raises(Refusal) as caught:
        await Filling(services.cases).fill(over("create"), [past(town, "井盖丢了"), past(town, "")])
    page = await services.cases.page(over("read"), CaseQuery(kind=KIND, state="all"))

    assert [fault.path for fault in caught.value.faults] == ["/1/subject"]
    assert page.cases == ()


async def test_after_a_million_cases_a_past_day_meets_no_number_twice(town: Town) -> None:
    """The running number goes on: from nought again it would meet the first one's of that day."""
    filling, services = Filling(town.services.cases), town.services
    await filling.fill(over("create"), iter([past(town, "第一件")]))
    page = await services.cases.page(over("read"), CaseQuery(kind=KIND, state="all"))
    first = page.cases[0].code
    async with services.database.transaction(SYSTEM) as work:
        serial = int(first.removeprefix(f"SQ{BEGUN:%Y%m%d}"))
        await work.run(f"select setval('case_serial', {serial + 999_999})")

    await filling.fill(over("create"), iter([past(town, "第一百万零一件")]))

    page = await services.cases.page(over("read"), CaseQuery(kind=KIND, state="all"))
    codes = {line.code for line in page.cases}
    assert len(codes) == 2
    assert first in codes
