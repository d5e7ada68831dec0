"""Parked work that an administrator has tried again: it goes through once its cause is mended."""

from collections.abc import Sequence
from typing import Any

from pengcheng.ground import parked
from pengcheng.ground.database import Work
from pengcheng.ground.log import Positioned
from pengcheng.ground.subscriptions import Subscriber
from pengcheng.kernel.errors import unreachable
from tests.city import City
from tests.portals.shenzhengyi.desk_paper import post


def parked_entry(city: City, subscriber: str) -> str:
    """An entry of the log that a subscriber could not handle."""
    city.send_case()
    rows = city.query(
        """insert into parked (id, subscriber, log_seq, tries, error)
           select gen_random_uuid(), %s, max(seq), 5, 'KeyError sample' from log
           returning id::text""",
        subscriber,
    )
    return str(rows[0][0])


def retried(city: City, subscriber: Subscriber) -> int:
    """What the background process does with the wish."""
    found: int = city.run(parked.retry_asked, city.services.database, [subscriber])
    return found


def test_what_is_tried_again_goes_through_once(city: City) -> None:
    heard: list[Any] = []

    async def handle(work: Work, entries: Sequence[Positioned]) -> None:
        del work
        heard.extend(entries)

    key = parked_entry(city, "mended")
    subscriber = Subscriber(name="mended", kinds=(), handle=handle)
    assert retried(city, subscriber) == 0
    assert post(city, f"/e/admin/parked/{key}/retry", "admin").status_code == 303
    assert retried(city, subscriber) == 1
    assert retried(city, subscriber) == 0
    assert len(heard) == 1


def test_what_fails_again_waits_again(city: City) -> None:
    async def handle(work: Work, entries: Sequence[Positioned]) -> None:
        del work, entries
        unreachable("still broken")

    key = parked_entry(city, "broken")
    post(city, f"/e/admin/parked/{key}/retry", "admin")
    assert retried(city, Subscriber(name="broken", kinds=(), handle=handle)) == 0
    rows = city.query("select tries, resolution, resolved_at from parked where id = %s", key)
    assert rows == [(6, None, None)]
