"""What the automatic intake of a kind finds follows its algorithms and what administrators keep."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest

from pengcheng import city as composition
from pengcheng.edge.services import Services
from pengcheng.engines.cases import Analysis
from pengcheng.engines.objects import NewRecord, Query
from pengcheng.ops import postgres
from pengcheng.ops.seed import system_scope
from pengcheng.pack.analysing import REFUSED_ACTION, DeclaredAnalyst
from tests.city import FILLED, Filled, filled, settings_of
from tests.conftest import database

__all__ = ["filled"]
DRAIN = {"subject": "路口下水道堵了", "body": "早上下雨后路口积水，下水道堵塞，行人绕行"}
FIRE = {"subject": "着火了", "body": "楼道里着火了，有人被困，快来救人"}
CARD = {"subject": "示例证件怎么办理？", "body": "请问示例证件怎么办理？"}


class Room(msgspec.Struct, frozen=True):
    """The analyst of a kind, the engines that keep its tables, and the loop they run in."""

    services: Services
    analyst: DeclaredAnalyst
    runner: asyncio.Runner

    def refresh(self) -> None:
        self.runner.run(self.analyst.refresh())

    def find(self, row: Mapping[str, Any]) -> Analysis:
        (found,) = self.analyst.analyse([row])
        return found

    def call(self, call: Callable[..., Awaitable[Any]], action: str, type_: str, *rest: Any,
             **more: Any) -> Any:  # fmt: skip
        """An engine's method on a type, as the city itself."""
        scope = system_scope(action, type_)

        async def run() -> Any:
            return await call(self.services.registry, scope, *rest, **more)

        return self.runner.run(run())

    def change_every(self, type_: str, values: Mapping[str, Any], **where: Any) -> int:
        """Change each record of a type whose attributes are these."""
        objects = self.services.objects
        page = self.call(objects.page, "read", type_, Query(limit=1000))
        chosen = [r for r in page.records if where.items() <= dict(r.attributes).items()]
        for record in chosen:
            self.call(objects.change, "change", type_, record.id, values, version=record.version)
        return len(chosen)


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as made:
        yield made


@pytest.fixture
def room(
    postgres_server: postgres.Cluster, filled: Filled, runner: asyncio.Runner
) -> Iterator[Room]:
    with database(postgres_server, template=FILLED) as url:
        services = composition.services_of(settings_of(filled.data, url))
        runner.run(opened(services))
        made = Room(services, composition.analysts_of(services)["demand"], runner)
        made.refresh()
        yield made
        runner.run(services.database.close())


async def opened(services: Services) -> None:
    await services.database.open()
    await composition.declare(services)
    await services.organisations.load()
    await services.areas.load()


def test_a_batch_is_analysed_in_its_order_and_none_is_nothing(room: Room) -> None:
    together = room.analyst.analyse([DRAIN, FIRE])

    assert [one.category for one in together] == [room.find(DRAIN).category,
                                                  room.find(FIRE).category]  # fmt: skip
    assert room.analyst.analyse([]) == []


def test_why_is_told_in_both_languages_and_what_decided_is_kept(room: Room) -> None:
    found = room.find(DRAIN)

    assert found.category.split("/")[0] == "城乡建设"
    assert all(told["zh"] and told["en"] for told in found.why.values())
    assert found.decided is not None
    assert found.version == room.services.registry.packs["citizen_demands"].version


def test_danger_to_life_is_left_to_a_person(room: Room) -> None:
    found = room.find(FIRE)

    assert (found.urgency, found.action) == ("emergency", "triage")


def test_a_duty_that_is_given_to_another_holds_for_the_next_case(room: Room) -> None:
    before = room.find(DRAIN)
    assert before.organisation_kind is not None
    levels = dict(zip(("level1", "level2", "level3"), before.category.split("/"), strict=False))

    changed = room.change_every("duty", {"organisation_key": "transport"}, **levels)
    unheard = room.find(DRAIN).organisation_kind
    room.refresh()

    assert changed >= 1
    assert unheard == before.organisation_kind
    assert room.find(DRAIN).organisation_kind == "transport"


def test_a_deadline_that_is_changed_is_the_promise_of_the_next_case(room: Room) -> None:
    before = room.find(DRAIN).promise
    assert before is not None

    room.change_every("deadline_rule", {"amount": 77})
    room.refresh()

    found = room.find(DRAIN).promise
    assert found is not None
    assert (found.amount, found.unit) != (before.amount, before.unit)
    assert found.amount == 77


def test_an_article_that_is_written_answers_the_next_question(room: Room) -> None:
    before = room.find(CARD)
    article = NewRecord(
        attributes={
            "question": CARD["subject"], "answer": "到示例窗口办理", "words": "示例证件 办理",
            "level1": "党务政务", "organisation_key": "hotline", "basis": "示例",
        }
    )  # fmt: skip
    room.call(room.services.objects.create, "create", "knowledge_article", article)
    room.refresh()
    found = room.find(CARD)

    assert before.answer is None
    assert (found.answer, found.answer_confidence > 0.5) == ("到示例窗口办理", True)


def test_where_the_table_cannot_be_run_a_person_decides_and_the_reason_is_told(room: Room) -> None:
    kind = room.services.registry.case_kind("demand")
    table = room.services.registry.tables["intake"]
    stale = msgspec.structs.replace(table, ages={name: "PT0S" for name, _ in table.inputs})
    registry = msgspec.structs.replace(
        room.services.registry, tables={**room.services.registry.tables, "intake": stale}
    )
    analyst = DeclaredAnalyst(
        registry,
        kind,
        room.services.objects,
        room.services.areas,
        LaterEachTime(room.services),
        room.services.champions,
    )
    room.runner.run(analyst.refresh())

    (found,) = analyst.analyse([DRAIN])

    assert found.action == REFUSED_ACTION
    assert found.refused is not None
    assert found.refused["zh"]
    assert found.refused["en"]


class LaterEachTime:
    """A clock by which everything that was read is a while ago."""

    def __init__(self, services: Services) -> None:
        self._at = services.clock.now()

    def now(self) -> datetime:
        self._at += timedelta(hours=1)
        return self._at
