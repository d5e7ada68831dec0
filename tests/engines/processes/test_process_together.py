"""Steps that share a transaction: each has its own answer, and none harms another."""

import asyncio

import pytest

from pengcheng.engines.processes import (
    About,
    Complete,
    Instance,
    Processes,
    Together,
    Version,
)
from pengcheng.ground.database import Database
from pengcheng.kernel.authz import SYSTEM, Actor, Region, Scope
from pengcheng.kernel.errors import Absent, Conflict
from pengcheng.kernel.ids import new_id
from pengcheng.kernel.ranges import Ranges
from tests.engines.processes.process_play import ENDS, definition, flows, task

pytestmark = pytest.mark.anyio
BODY = ENDS + task("a") + task("b") + flows("s>a", "a>b", "b>e")
EVERYWHERE = Scope(action="act", type="process_instance", regions=(Region(),), actor=SYSTEM)


@pytest.fixture
async def version(processes: Processes) -> Version:
    return await processes.publish(SYSTEM, definition(BODY))


def first(instance: Instance) -> int:
    return min(instance.state.positions)


async def test_many_steps_at_once_are_few_transactions_and_all_are_done(
    processes: Processes, version: Version, database: Database
) -> None:
    together = Together(processes)
    begun = await asyncio.gather(*(together.start(SYSTEM, version, {}) for _ in range(50)))
    for _ in range(2):
        begun = await asyncio.gather(
            *(together.tell(item.id, Complete(first(item))) for item in begun)
        )
    async with database.reading() as work:
        ended = await work.value("select count(*) from process_instance where status = 'ended'")
        steps = await work.value("select count(*) from log where kind like 'process.st%%'")
        commits = await work.value("select count(distinct tx) from log")
    assert (ended, steps) == (50, 150)
    assert commits < 20


async def test_a_refused_step_does_not_touch_the_others_of_its_transaction(
    processes: Processes, version: Version
) -> None:
    together = Together(processes)
    one, two = await asyncio.gather(*(together.start(SYSTEM, version, {}) for _ in range(2)))
    found = await asyncio.gather(
        together.tell(one.id, Complete(first(one), {"ok": 1})),
        together.tell(two.id, Complete(99)),
        together.tell(new_id(), Complete(1)),
        return_exceptions=True,
    )
    assert [type(item) for item in found] == [Instance, Absent, Absent]
    assert (await processes.get(EVERYWHERE, one.id)).revision == 2
    assert (await processes.get(EVERYWHERE, two.id)) == two


async def test_two_steps_of_one_instance_at_once_are_done_one_after_the_other(
    processes: Processes, version: Version
) -> None:
    together = Together(processes)
    instance = await together.start(SYSTEM, version, {})
    found = await asyncio.gather(
        *(together.tell(instance.id, Complete(first(instance), {"by": n})) for n in range(5)),
        return_exceptions=True,
    )
    assert [type(item) for item in found] == [Instance, *[Conflict] * 4]
    assert (await processes.get(EVERYWHERE, instance.id)).state.variables == {"by": 0}


async def test_the_log_says_who_did_each_step_and_a_scope_bounds_it(
    processes: Processes, version: Version, database: Database
) -> None:
    together = Together(processes)
    about = About(area_no=5)
    instance = await together.start(SYSTEM, version, {}, about)
    official = Actor(kind="official", account_id=new_id(), name="示例")
    far, near = (
        Scope(
            action="act", type="process_instance", actor=official,
            regions=(Region(areas=Ranges((span,))),),
        )
        for span in ((6, 9), (5, 6))
    )  # fmt: skip
    with pytest.raises(Absent):
        await together.act(far, instance.id, Complete(first(instance)))
    await together.act(near, instance.id, Complete(first(instance)))
    async with database.reading() as work:
        actors = await work.tuples(
            "select actor_id from log where kind = 'process.stepped' order by seq"
        )
    assert actors == [(official.account_id,)]


async def test_a_version_that_does_not_exist_is_the_fault_of_its_own_asker_only(
    processes: Processes, version: Version, database: Database
) -> None:
    together = Together(processes)
    instance = await together.start(SYSTEM, version, {})
    ghost = Version(
        id=new_id(),
        name="ghost",
        number=1,
        process_id="p",
        content="",
        published_at=version.published_at,
    )
    found = await asyncio.gather(
        together.start(SYSTEM, ghost, {}),
        together.tell(instance.id, Complete(first(instance))),
        return_exceptions=True,
    )
    assert isinstance(found[0], Absent)
    assert isinstance(found[1], Instance)


async def test_a_value_that_the_database_refuses_fails_alone_and_nobody_hangs(
    processes: Processes, version: Version
) -> None:
    together = Together(processes)
    begun = await asyncio.gather(*(together.start(SYSTEM, version, {}) for _ in range(4)))
    values = ["x", "\0", "y", "z"]
    async with asyncio.timeout(10):
        found = await asyncio.gather(
            *(
                together.tell(item.id, Complete(first(item), {"text": value}))
                for item, value in zip(begun, values, strict=True)
            ),
            return_exceptions=True,
        )
    assert [isinstance(item, Instance) for item in found] == [True, False, True, True]
