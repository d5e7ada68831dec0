"""What ends its retention by itself: in the night, in batches; and retired records."""

from datetime import timedelta
from typing import Any

from pengcheng.edge import housekeeping, retention
from pengcheng.kernel.time import CITY_ZONE
from tests.city import IN_MEITING, City

CLOSE = """update cases set open = false, step = 'closed', stage = 'closed', clock = 'stopped',
                  next_at = null, closed_at = now() - interval '11 years' where id = %s
           returning 1"""
VISITS = "/api/v1/visit"


def visit(city: City, found: str) -> dict[str, Any]:
    body = {
        "purpose": "走访",
        "at": "2026-01-05T09:00:00+08:00",
        "found": found,
        "place": {"type": "Point", "coordinates": list(IN_MEITING)},
    }
    answer = city.client.post(VISITS, json=body, headers=city.as_("grid"))
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def test_the_worker_ends_what_is_over_in_the_night_batch_by_batch(fresh_city: City) -> None:
    city = fresh_city
    case = city.send_case("citizen")
    city.query(CLOSE, case["id"])
    city.run(retention.plan, city.services)
    city.run(retention.plan, city.services)
    waits = city.query("select due_at from timer where kind = 'retention'")
    assert len(waits) == 1
    night = waits[0][0].astimezone(CITY_ZONE)
    assert (night.hour, night.minute) == (3, 30)
    assert timedelta() < night - city.services.clock.now() <= timedelta(days=1)

    city.query("update timer set due_at = now() where kind = 'retention' returning 1")
    city.run(housekeeping.fire, city.services)

    ended = "select retention_ended_at is not null, title, author_id from cases where id = %s"
    assert city.query(ended, case["id"]) == [(True, "", None)]
    told = "select after->>'days' from log where kind = 'case.retention_ended' and subject_id = %s"
    assert city.query(told, case["id"])[0][0] is not None
    # Once nothing is left it waits for the next night, one timer as before.
    again = city.query("select due_at > now() from timer where kind = 'retention'")
    assert again == [(True,)]
    assert city.run(retention.end_all, city.services) == 0


def test_what_is_open_or_closed_of_late_is_left_alone(fresh_city: City) -> None:
    city = fresh_city
    for _ in range(2):
        case = city.send_case("citizen")
    city.query(CLOSE.replace("11 years", "9 years"), case["id"])

    assert city.run(retention.due, city.services)["demand"] == 0
    assert city.run(retention.end_all, city.services) == 0
    assert city.query("select 1 from cases where title = ''") == []


def test_a_retired_record_goes_with_its_history_when_its_type_says_so(fresh_city: City) -> None:
    city = fresh_city
    kept, retired = visit(city, "留下的"), visit(city, "标记走访")
    city.query(
        "update city.visit set retired_at = now() - interval '4 years' where id = %s returning 1",
        retired["id"],
    )
    assert city.run(retention.due, city.services)["visit"] == 1
    assert city.run(retention.end_all, city.services) == 1

    assert [str(row[0]) for row in city.query("select id from city.visit")] == [kept["id"]]
    assert city.query("select 1 from record where id = %s", retired["id"]) == []
    told = "select subject_id::text from log where kind = 'record.retention_ended'"
    assert city.query(told) == [(retired["id"],)]
