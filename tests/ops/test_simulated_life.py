"""The synthetic people live: officials act from the first moment, at the pace asked for."""

import asyncio
import contextlib
from datetime import UTC, datetime

import httpx
import msgspec

from pengcheng.kernel.authz import SYSTEM
from pengcheng.ops.sample.model import Message, Messages
from pengcheng.ops.simulate import LIVELY, Gathered, everyone, live
from pengcheng.ops.simulated_pace import Pace
from pengcheng.ops.simulated_people import Api
from tests.city import City, city, filled
from tests.ops.test_simulated_tasks import Known, unit_of

__all__ = ["city", "filled"]

ONE = Message(
    key="1", subject="路灯不亮", body="梅亭路的路灯坏了三天。", author="", district=None,
    point=None, source="synthetic", created_at=datetime(2026, 11, 2, 9, tzinfo=UTC),
)  # fmt: skip
LOOKS, LOOK_SECONDS = 60, 0.2


def test_officials_act_at_once_though_the_opening_still_waits(city: City) -> None:
    """No background process runs here: the opening's first demand waits for its intake."""
    case = city.send_case("citizen", area_code="440304007016")
    unit = unit_of(city, "water@futian")
    assert city.act("operator", case, "dispatch", organisation_id=unit).status_code == 200

    def taken() -> bool:
        found = city.query("select taken_at from cases where id = %s", case["id"])
        return found[0][0] is not None

    async def play() -> None:
        transport = httpx.ASGITransport(app=city.client.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            people = await everyone(city.services, Api(client, Known(city)))
            gathered = Gathered(
                "", Messages(source="synthetic", items=(ONE,), rows_by_file={}), (), (ONE,)
            )
            living = asyncio.create_task(live(people, gathered, 1e-6, Pace(36_000.0), 0))
            looks = iter(range(LOOKS))
            while not taken() and not living.done() and next(looks, None) is not None:
                await asyncio.wait([living], timeout=LOOK_SECONDS)
            assert not people.memory.has_opened
            living.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await living

    city.run(play)
    assert taken()


def test_tasks_of_other_applications_are_left_alone(city: City) -> None:
    case = city.send_case("citizen", area_code="440304007016")
    unit = unit_of(city, "water@futian")
    for who, verb, more in (
        ("operator", "dispatch", {"organisation_id": unit}),
        ("clerk", "accept", {}),
        ("clerk", "assist", {"organisation_id": unit, "reason": "协办"}),
    ):
        assert city.act(who, case, verb, **more).status_code == 200
    city.run(lambda: _renamed(city, str(case["id"])))

    async def play() -> None:
        transport = httpx.ASGITransport(app=city.client.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            people = await everyone(city.services, Api(client, Known(city)))
            await people.doers.work(1000.0)

    city.run(play)
    found = city.query("select state from task where case_id = %s", case["id"])
    assert found == [("open",)]


async def _renamed(city: City, case_id: str) -> None:
    async with city.services.database.transaction(SYSTEM) as work:
        await work.run("update task set kind = 'inspect' where case_id = %(id)s", id=case_id)


def test_the_first_half_hour_passes_quickly_and_then_time_is_as_it_is() -> None:
    assert LIVELY.simulated(60) == 60 * LIVELY.lively_speed
    assert LIVELY.simulated(1860) - LIVELY.simulated(1800) == 60
    for real in (0.0, 59.0, 1800.0, 9000.0):
        assert LIVELY.seconds_until(LIVELY.simulated(real)) == real


def test_a_pace_that_was_asked_for_holds_from_the_start() -> None:
    pace = Pace(600.0)
    assert (pace.simulated(40), pace.seconds_until(24_000)) == (24_000, 40)
    assert msgspec.structs.astuple(pace) == (600.0, 0.0, 0.0)
