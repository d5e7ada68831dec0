"""What the background process does from time to time: due timers counted, old answers forgotten."""

from datetime import timedelta

import msgspec

from pengcheng.edge import housekeeping
from pengcheng.engines.files import UNCLAIMED, UNCLAIMED_AFTER
from pengcheng.ground import kept_answers
from pengcheng.kernel.time import FixedClock
from tests.city import City
from tests.portals.applicant.paper import picture


def test_a_timer_that_fired_is_counted(fresh_city: City) -> None:
    city = fresh_city
    sent = city.client.post("/api/v1/files", files=[("file", ("a.jpg", picture(), "image/jpeg"))])
    assert sent.status_code == 201
    clock = FixedClock(city.services.clock.now() + UNCLAIMED_AFTER + timedelta(seconds=1))

    city.run(housekeeping.fire, msgspec.structs.replace(city.services, clock=clock))

    told = city.services.metrics.exposition().decode()
    assert f'pengcheng_timers_fired_total{{kind="{UNCLAIMED}"}} 1.0' in told


def test_answers_are_kept_for_a_while_and_then_forgotten(fresh_city: City) -> None:
    city = fresh_city
    rows = "code,level1,organisation_key,level,deadline\nKEPT1,城乡建设,water,city,ordinary"
    city.client.post(
        "/api/v1/duty/import", content=rows.encode(),
        headers=city.as_("admin", content_type="text/csv", idempotency_key="kept-for-a-while"),
    )  # fmt: skip

    city.run(housekeeping.forget, city.services)
    assert city.query("select count(*) from kept_answer") == [(1,)]
    city.query(
        "update kept_answer set at = now() - make_interval(days => %s) returning 1",
        kept_answers.KEPT_DAYS + 1,
    )
    city.run(housekeeping.forget, city.services)

    assert city.query("select count(*) from kept_answer") == [(0,)]
