"""What who has no account sends in: counted by address, dropped when nothing takes it, and told
the same receipt when it is sent again."""

import io
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from PIL import Image

from pengcheng.edge import housekeeping
from pengcheng.edge.limits import Limit
from pengcheng.engines.files import UNCLAIMED, UNCLAIMED_AFTER
from pengcheng.ground import timers
from pengcheng.ground.database import Work
from pengcheng.ground.timers import Timer
from pengcheng.kernel.errors import TooMany, unreachable
from pengcheng.kernel.time import FixedClock
from tests.city import City
from tests.portals.applicant.paper import picture

CASES = "/api/v1/cases/demand"
BODY: dict[str, Any] = {
    "channel": "api",
    "fields": {"subject": "雨水口堵了", "body": "梅亭路口积水"},
}


def send_file(city: City, by: str = "guest", content: bytes | None = None) -> dict[str, Any]:
    answer = city.client.post(
        "/api/v1/files", files=[("file", ("a.jpg", content or picture(), "image/jpeg"))],
        headers=city.as_(by),
    )  # fmt: skip
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()["items"][0]
    return found


def pass_time(city: City, by: timedelta) -> None:
    clock = FixedClock(city.services.clock.now() + by)
    city.run(housekeeping.fire, msgspec.structs.replace(city.services, clock=clock))


def held(city: City) -> set[str]:
    return {row[0] for row in city.query("select id::text from stored_file")}


def contents(city: City) -> set[Path]:
    return {path for path in city.services.files.folder.rglob("*") if path.is_file()}


def test_a_guests_file_is_dropped_when_no_case_takes_it_in_time(fresh_city: City) -> None:
    before = contents(fresh_city)
    noise = io.BytesIO()
    Image.effect_noise((64, 64), 50).save(noise, "JPEG")
    loose = send_file(fresh_city, content=noise.getvalue())
    assert len(contents(fresh_city) - before) == 2

    pass_time(fresh_city, UNCLAIMED_AFTER - timedelta(minutes=1))
    assert loose["id"] in held(fresh_city)
    pass_time(fresh_city, UNCLAIMED_AFTER + timedelta(minutes=1))

    assert loose["id"] not in held(fresh_city)
    assert contents(fresh_city) == before
    assert fresh_city.query("select count(*) from timer") == [(0,)]


def test_what_a_case_took_or_an_account_sent_stays(fresh_city: City) -> None:
    taken, own = send_file(fresh_city), send_file(fresh_city, "citizen")
    fields = {**BODY["fields"], "photos": [taken["id"]]}
    fresh_city.send_case("guest", fields=fields)

    pass_time(fresh_city, UNCLAIMED_AFTER + timedelta(minutes=1))

    assert held(fresh_city) >= {taken["id"], own["id"]}
    answer = fresh_city.client.get(f"/files/{taken['id']}", headers=fresh_city.as_("operator"))
    assert answer.status_code == 200


def test_a_content_stays_while_another_file_has_it(fresh_city: City) -> None:
    same = picture()
    send_file(fresh_city, content=same)
    kept = send_file(fresh_city, "citizen", content=same)

    pass_time(fresh_city, UNCLAIMED_AFTER + timedelta(minutes=1))

    answer = fresh_city.client.get(f"/files/{kept['id']}", headers=fresh_city.as_("citizen"))
    assert answer.status_code == 200
    assert len(held(fresh_city)) == 1


def test_an_address_sends_in_a_bounded_number_of_files_without_an_account() -> None:
    limit, per_minute = Limit(lambda: 0.0), 30
    for _ in range(per_minute):
        limit.take("203.0.113.7", per_minute)

    with pytest.raises(TooMany):
        limit.take("203.0.113.7", per_minute)
    limit.take("203.0.113.8", per_minute)


def test_files_of_guests_are_counted_and_those_of_accounts_are_not(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Full(Limit):
        def take(self, address: str, per_minute: int) -> None:
            raise TooMany("request.too_many", seconds=9, per_minute=per_minute)

    monkeypatch.setattr("pengcheng.edge.limits._guest_files", Full())
    given = [("file", ("a.jpg", picture(), "image/jpeg"))]

    refused = city.client.post("/api/v1/files", files=given)
    taken = city.client.post("/api/v1/files", files=given, headers=city.as_("citizen"))

    assert (refused.status_code, refused.headers["retry-after"]) == (429, "9")
    assert taken.status_code == 201


def send(city: City, key: str, body: Any = BODY) -> Any:
    return city.client.post(CASES, json=body, headers={"Idempotency-Key": key})


def test_a_guest_who_sends_again_is_told_the_same_receipt(city: City) -> None:
    first, again = send(city, "lost-answer-1"), send(city, "lost-answer-1")

    assert (first.status_code, again.status_code) == (201, 200)
    told, repeated = first.json(), again.json()
    assert repeated["receipt"] == told["receipt"]
    assert repeated["code"] == told["code"]
    view = city.client.get(f"{CASES}/{told['code']}", headers={"X-Receipt": told["receipt"]})
    assert view.status_code == 200


def test_who_guesses_anothers_key_is_told_no_receipt(city: City) -> None:
    send(city, "lost-answer-2")
    same_title = {**BODY, "fields": {"subject": "雨水口堵了", "body": "别的事情"}}

    guessed = send(city, "lost-answer-2", same_title)

    assert guessed.status_code == 200
    assert guessed.json()["receipt"] is None


def test_receipts_of_two_keys_differ(city: City) -> None:
    assert send(city, "one-of-two").json()["receipt"] != send(city, "two-of-two").json()["receipt"]


def test_a_content_whose_removal_was_lost_with_its_transaction_is_still_there(
    fresh_city: City,
) -> None:
    """What removes the row does not touch the content: a lost transaction brings both back."""
    loose = send_file(fresh_city)
    there = contents(fresh_city)
    clock = FixedClock(fresh_city.services.clock.now() + UNCLAIMED_AFTER + timedelta(minutes=1))

    async def killed(work: Work, timer: Timer) -> None:
        await fresh_city.services.uploads.drop_unclaimed(work, timer)
        unreachable("killed before its commit")

    fires = {UNCLAIMED: killed}
    fresh_city.run(timers.fire_due, fresh_city.services.database, clock.now(), fires)

    assert loose["id"] in held(fresh_city)
    assert contents(fresh_city) == there


def test_a_content_that_comes_in_again_before_its_removal_stays(fresh_city: City) -> None:
    same = picture()
    send_file(fresh_city, content=same)
    clock = FixedClock(fresh_city.services.clock.now() + UNCLAIMED_AFTER + timedelta(minutes=1))
    only = {UNCLAIMED: fresh_city.services.uploads.drop_unclaimed}
    fresh_city.run(timers.fire_due, fresh_city.services.database, clock.now(), only)
    kept = send_file(fresh_city, "citizen", content=same)

    pass_time(fresh_city, timedelta(minutes=2))

    answer = fresh_city.client.get(f"/files/{kept['id']}", headers=fresh_city.as_("citizen"))
    assert answer.status_code == 200


def test_a_case_takes_along_only_files_of_its_own_sender(fresh_city: City) -> None:
    foreign = send_file(fresh_city, "citizen2")
    mine = send_file(fresh_city, "citizen")
    answer = fresh_city.client.post(
        CASES, json={**BODY, "files": [foreign["id"], mine["id"]]},
        headers=fresh_city.as_("citizen"),
    )  # fmt: skip
    assert answer.status_code == 201, answer.text

    rows = "select id::text from stored_file where subject_id is not null"
    assert {row[0] for row in fresh_city.query(rows)} == {mine["id"]}
