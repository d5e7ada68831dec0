"""A record's page tells what work comes again for it, and shows the cases that were opened."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from pengcheng import city as composition
from pengcheng.edge import housekeeping, pack_changes
from pengcheng.ground import timers
from pengcheng.ground.subscriptions import advance
from pengcheng.ops import postgres
from tests.city import FUTIAN, City, Filled, running
from tests.lifts import declared
from tests.portals.shenzhihui.paper import see


@pytest.fixture(scope="module")
def lift_city(
    postgres_server: postgres.Cluster, filled: Filled, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[City]:
    registry = declared(tmp_path_factory.mktemp("packs"))
    with running(postgres_server, filled) as city:
        city.run(pack_changes.apply, city.services, registry)
        city.run(composition.declare, city.services)
        yield city


def lift(city: City, kept_on: str) -> str:
    body = {"title": "一号梯", "area_code": FUTIAN, "kept_on": kept_on}
    made = city.client.post("/api/v1/lift", json=body, headers=city.as_("operator"))
    assert made.status_code == 201, made.text
    return str(made.json()["code"])


def strike(city: City, days: int) -> None:
    """The worker hears of the records, and some days later the timers strike."""
    while city.run(advance, city.services.database, city.services.recurring.subscriber()):
        pass
    later = city.services.clock.now() + timedelta(days=days)
    city.run(
        timers.fire_due, city.services.database, later, dict(housekeeping.fires_of(city.services))
    )


def test_the_page_tells_how_often_when_next_and_what_was_opened(lift_city: City) -> None:
    today = lift_city.services.clock.now().date()
    code = lift(lift_city, (today - timedelta(days=14)).isoformat())
    strike(lift_city, 0)
    page = see(lift_city, f"/e/records/lift/{code}", by="clerk")
    ((case,),) = lift_city.query("select code from cases where kind = 'lift_upkeep'")

    for words in (
        "周期性工作",
        "每 15 天一次",
        "特种设备安全监察条例",
        "下次",
        "待维保",
        "每年第 32 天",
    ):
        assert words in page
    assert f'href="/e/case/lift_upkeep/{case}"' in page


def test_a_case_that_was_opened_so_is_read_like_any_other(lift_city: City) -> None:
    ((case,),) = lift_city.query("select code from cases where kind = 'lift_upkeep' limit 1")
    path = f"/api/v1/cases/lift_upkeep/{case}"
    answer = lift_city.client.get(path, headers=lift_city.as_("operator"))

    assert answer.status_code == 200, answer.text
    assert answer.json()["case"]["title"] == "维保：一号梯"
    assert answer.json()["case"]["step"] == "planned"
