"""Synthetic officials do the tasks that wait for them, through the public API."""

from typing import Any

import httpx
import pytest

from pengcheng.engines.identity import Rosters
from pengcheng.ops.sample import stream
from pengcheng.ops.simulated_people import Api
from pengcheng.ops.simulated_tasks import Doers
from tests.city import City, city, filled

__all__ = ["city", "filled"]


class Known:
    """The tokens of the test city."""

    def __init__(self, city: City) -> None:
        self._city = city

    async def of(self, username: str) -> dict[str, str]:
        return dict(self._city.as_(username))


def unit_of(city: City, key: str) -> str:
    found = city.services.organisations.by_key(key)
    assert found is not None
    return str(found.id)


@pytest.fixture(scope="module")
def waiting(city: City) -> dict[str, Any]:
    """A case with a task of each kind."""
    case = city.send_case("citizen", area_code="440304007016")
    unit, grid = unit_of(city, "water@futian"), unit_of(city, "grid@meilin")
    for who, verb, more in (
        ("operator", "dispatch", {"organisation_id": unit}),
        ("clerk", "accept", {}),
        ("clerk", "send_grid_task", {"organisation_id": grid, "reason": "看"}),
        ("clerk", "ask_extension", {"amount": 3, "unit": "working_day", "reason": "要开挖"}),
        ("clerk", "assist", {"organisation_id": unit, "reason": "协办"}),
        ("supervisor", "supervise", {"reason": "督办"}),
    ):
        done = city.act(who, case, verb, **more)
        assert done.status_code == 200, (verb, done.text)
    return case


def test_every_kind_of_task_is_done_by_who_may(city: City, waiting: dict[str, Any]) -> None:
    async def play() -> int:
        transport = httpx.ASGITransport(app=city.client.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            doers = Doers(Api(client, Known(city)), stream(1, "doers"))
            await doers.load(Rosters(city.services.database))
            return await doers.work(1000.0)

    assert city.run(play) == 4
    rows = city.query("select kind, state from task where case_id = %s", waiting["id"])
    assert {kind for kind, _ in rows} == {"grid", "approve_extension", "assist", "supervise"}
    assert {state for _, state in rows} <= {"done", "returned"}
    photos = city.query("select count(*) from stored_file where subject_id = %s", waiting["id"])[0][
        0
    ]
    assert photos == 2
