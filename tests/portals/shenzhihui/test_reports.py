"""Reports are made at their time, once, kept as they were made, and told to whom the pack names."""

from datetime import datetime, time, timedelta
from typing import Any

import msgspec

from pengcheng.edge import housekeeping, reporting
from pengcheng.edge.services import Declared
from pengcheng.kernel.time import CITY_ZONE, FixedClock
from tests.city import City
from tests.portals.shenzhihui.paper import AREAS, CATEGORIES, place, rows_of, see

READERS = ("leader", "duty", "supervisor", "chief")
TODAY = datetime.now(CITY_ZONE).date()
YESTERDAY = TODAY - timedelta(days=1)
DAILY = f"/h/reports/daily_report?day={YESTERDAY.isoformat()}"
HALF_PAST_SEVEN = datetime.combine(TODAY, time(7, 30), CITY_ZONE)


def of_yesterday(city: City, count: int = 3) -> None:
    """Cases that were received yesterday, in Futian."""
    for n in range(count):
        made = city.send_case(fields={"subject": f"事由 {n}", "body": "积水"})
        place(city, made, AREAS[0] or 0, CATEGORIES[0])
        noon = datetime.combine(YESTERDAY, time(12), CITY_ZONE)
        city.query("update cases set accepted_at = %s where id = %s returning id", noon, made["id"])
    city.run(city.services.indicators.rebuild)


def at(city: City, moment: datetime) -> Any:
    """The city's services with a clock that stands."""
    return msgspec.structs.replace(city.services, clock=FixedClock(moment))


def work(city: City, moment: datetime) -> None:
    """What the background process does about reports at a moment."""
    services = at(city, moment)
    city.run(reporting.plan, services)
    city.run(housekeeping.fire, services)


def kept(city: City) -> int:
    return int(city.query("select count(*) from report where name = 'daily_report'")[0][0])


def told(city: City) -> list[str]:
    rows = city.query(
        """select a.username from notice n join account a on a.id = n.account_id
           where n.kind = 'report_made' and n.facts->>'report' = 'daily_report'
           order by a.username"""
    )
    return [row[0] for row in rows]


def test_a_report_is_made_at_its_time_once_and_told_to_whom_the_pack_names(
    fresh_city: City,
) -> None:
    city = fresh_city
    of_yesterday(city)
    work(city, HALF_PAST_SEVEN - timedelta(minutes=1))
    assert (kept(city), told(city)) == (0, [])

    work(city, HALF_PAST_SEVEN)
    assert (kept(city), told(city)) == (len(READERS), sorted(READERS))

    work(city, HALF_PAST_SEVEN + timedelta(hours=1))
    assert (kept(city), told(city)) == (len(READERS), sorted(READERS))
    due = city.query(
        "select due_at from timer where kind = 'report' and payload->>'report' = 'daily_report'"
    )
    assert due == [(HALF_PAST_SEVEN + timedelta(days=1),)]


def test_what_was_kept_reads_the_same_when_the_figures_have_moved(fresh_city: City) -> None:
    city = fresh_city
    of_yesterday(city)
    work(city, HALF_PAST_SEVEN)
    before = rows_of(see(city, DAILY))
    of_yesterday(city, 2)

    after = see(city, DAILY)
    now = see(city, f"{DAILY}&as=now")

    assert rows_of(after) == before
    assert before[0][:4] == ["诉求量", "3", "0", "+3"]
    assert rows_of(now)[0][:4] == ["诉求量", "5", "0", "+5"]
    assert "制成并存下" in after
    assert "制成并存下" not in now


def test_a_report_holds_what_the_post_may_see_and_is_read_by_its_holders(fresh_city: City) -> None:
    city = fresh_city
    of_yesterday(city)
    work(city, HALF_PAST_SEVEN)

    assert rows_of(see(city, DAILY, by="duty"))[0][1] == "3"
    assert rows_of(see(city, DAILY, by="chief"))[0][1] == "0"
    assert "制成并存下" not in see(city, DAILY, by="clerk")
    see(city, DAILY, by="citizen", status=403)


def test_the_archive_leads_to_the_reports_of_a_month(fresh_city: City) -> None:
    city = fresh_city
    of_yesterday(city)
    work(city, HALF_PAST_SEVEN)
    month = f"/h/reports?day={YESTERDAY.isoformat()}"

    shown = see(city, month).replace("&amp;", "&")

    assert shown.count(f'href="{DAILY}"') == 2
    assert DAILY not in see(city, month, by="clerk").replace("&amp;", "&")
    assert "Daily report of demands" in see(city, month, cookie="language=en")


def test_a_city_that_stood_still_makes_up_for_it_and_tells_of_the_last_only(
    fresh_city: City,
) -> None:
    city = fresh_city
    of_yesterday(city)
    for days in (1, 2):
        city.query(
            """insert into indicator_value
                   select indicator, day - %s, hour, area_no, organisation_no, category,
                          numerator, denominator
                   from indicator_value where day = %s returning 1""",
            days, YESTERDAY,
        )  # fmt: skip

    work(city, HALF_PAST_SEVEN)

    assert kept(city) == 3 * len(READERS)
    assert told(city) == sorted(READERS)


def test_a_declared_time_that_changes_moves_the_timer(fresh_city: City) -> None:
    city = fresh_city
    city.run(reporting.plan, at(city, HALF_PAST_SEVEN))
    screen = city.services.registry.screens["daily_report"]
    later = msgspec.structs.replace(screen, options={**screen.options, "at": "09:15"})
    registry = msgspec.structs.replace(
        city.services.registry, screens={**city.services.registry.screens, "daily_report": later}
    )
    declared = Declared()
    declared.replace(registry)
    changed = msgspec.structs.replace(at(city, HALF_PAST_SEVEN), declared=declared)
    city.run(reporting.plan, changed)

    rows = city.query(
        "select due_at from timer where kind = 'report' and payload->>'report' = 'daily_report'"
    )
    assert [row[0].astimezone(CITY_ZONE).time() for row in rows] == [time(9, 15)]


def test_a_report_as_csv_tells_what_it_is_of(fresh_city: City) -> None:
    city = fresh_city
    of_yesterday(city)
    work(city, HALF_PAST_SEVEN)

    answer = city.client.get(DAILY.replace("?", ".csv?"), headers=city.as_("leader"))
    lines = answer.content.decode("utf-8-sig").splitlines()

    assert lines[0].startswith("诉求日报,深圳市,")
    assert lines[0].endswith("07:30 制成")
    assert any(line.startswith("诉求量,3,0,+3") for line in lines)
