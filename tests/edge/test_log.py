"""The log outside the process: only what its reader may see, without a gap, and provably whole."""

import asyncio
import json
import time
from collections.abc import Iterator
from functools import partial
from typing import Any

import httpx
import pytest

from pengcheng.edge import background, events, log_reading
from pengcheng.ground import log, merkle
from tests.city import City, served

CASES = "/api/v1/cases/demand"
PATIENCE_SECONDS = 20


def read_all(city: City, name: str, after: str = "") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    more = True
    while more:
        page = city.client.get(
            "/api/v1/log", params={"after": after, "limit": "7"}, headers=city.as_(name)
        ).json()
        found += page["items"]
        after, more = page["next"], page["more"]
    return found


def test_the_log_is_read_in_pages_without_a_gap(city: City) -> None:
    case = city.send_case("citizen")

    pages = read_all(city, "citizen")

    ids = [event["id"] for event in pages]
    assert len(ids) == len(set(ids))
    assert any(event["subject"] == f"demand/{case['id']}" for event in pages)
    assert all(event["specversion"] == "1.0" and event["source"] for event in pages)


def test_a_reader_sees_entries_of_what_they_may_see_only(city: City) -> None:
    mine, other = city.send_case("citizen"), city.send_case("citizen2")

    by_citizen = {event["subject"] for event in read_all(city, "citizen")}
    by_operator = {event["subject"] for event in read_all(city, "operator")}
    by_clerk = {event["subject"] for event in read_all(city, "clerk.nanshan")}

    both = {f"demand/{mine['id']}", f"demand/{other['id']}"}
    assert by_citizen & both == {f"demand/{mine['id']}"}
    assert by_operator >= both
    assert not by_clerk & both
    assert not any(subject.startswith("account/") for subject in by_operator)


def test_an_author_hears_nothing_internal(city: City) -> None:
    case = city.send_case("citizen")
    city.act("operator", case, "note", body="内部意见")

    def kinds(name: str) -> set[str]:
        subject = f"demand/{case['id']}"
        return {e["type"] for e in read_all(city, name) if e["subject"] == subject}

    assert "case.accepted" in kinds("citizen")
    assert kinds("citizen") < kinds("operator")


@pytest.mark.parametrize("query", ["after=x", "after=1", "after=-1-2", "limit=0", "limit=1001"])
def test_a_page_of_the_log_that_means_nothing_is_refused(city: City, query: str) -> None:
    answer = city.client.get(f"/api/v1/log?{query}", headers=city.as_("auditor"))

    assert answer.status_code == 422


@pytest.mark.parametrize("path", ["/api/v1/log", "/events"])
def test_a_guest_reads_no_log(city: City, path: str) -> None:
    assert city.client.get(path).status_code == 401


def test_an_entry_is_proved_to_stand_in_the_log(city: City) -> None:
    case = city.send_case("citizen")
    city.run(background._seal, city.services)
    seq = city.query("select min(seq) from log where subject_id = %s", case["id"])[0][0]
    root = city.client.get("/api/v1/log/root").json()

    proof = city.client.get(f"/api/v1/log/{seq}/inclusion", headers=city.as_("citizen")).json()
    audited = city.client.get(f"/api/v1/log/{seq}/inclusion", headers=city.as_("auditor")).json()

    leaf = merkle.leaf_hash(audited["content"].encode())
    assert leaf.hex() == proof["leaf_hash"]
    assert proof["root"] == root["root"]
    assert merkle.is_included(
        proof["leaf"], proof["size"], content_hash=leaf,
        path=[bytes.fromhex(part) for part in proof["path"]], root=bytes.fromhex(root["root"]),
    )  # fmt: skip
    assert "content" not in proof


def test_what_a_reader_may_not_see_is_not_proved_to_them(city: City) -> None:
    case = city.send_case("citizen")
    city.run(background._seal, city.services)
    seq = city.query("select min(seq) from log where subject_id = %s", case["id"])[0][0]

    foreign = city.client.get(f"/api/v1/log/{seq}/inclusion", headers=city.as_("citizen2"))
    absent = city.client.get("/api/v1/log/999999999/inclusion", headers=city.as_("citizen2"))

    assert foreign.status_code == absent.status_code == 404
    assert foreign.json()["code"] == absent.json()["code"] == "record.unknown"


def test_the_log_is_proved_to_have_grown_only(city: City) -> None:
    city.run(background._seal, city.services)
    first = city.client.get("/api/v1/log/root").json()
    city.send_case("citizen")
    city.run(background._seal, city.services)
    second = city.client.get("/api/v1/log/root").json()

    proof = city.client.get(f"/api/v1/log/consistency?first={first['size']}").json()

    assert second["size"] > first["size"]
    assert (proof["first_root"], proof["second_root"]) == (first["root"], second["root"])
    assert merkle.is_consistent(
        first["size"], second["size"], first_root=bytes.fromhex(first["root"]),
        second_root=bytes.fromhex(second["root"]),
        path=[bytes.fromhex(part) for part in proof["path"]],
    )  # fmt: skip


def test_sealing_goes_on_until_everything_is_sealed(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(background.log_tree, "SEAL_MAX", 3)
    city.run(background._seal, city.services)

    unsealed = city.query(
        "select count(*) from log where not exists "
        "(select from log_leaf where log_leaf.seq = log.seq)"
    )
    assert unsealed == [(0,)]


@pytest.mark.parametrize("statement", ["window", "after"])
def test_what_is_written_while_a_reader_looks_is_not_passed_over(
    city: City, monkeypatch: pytest.MonkeyPatch, statement: str
) -> None:
    position = city.run(events._head, city.services)
    written: list[dict[str, Any]] = []

    def writing_before(read: Any) -> Any:
        async def write_and_read(*arguments: Any, **more: Any) -> Any:
            written.append(await asyncio.to_thread(city.send_case, "citizen"))
            return await read(*arguments, **more)

        return write_and_read

    monkeypatch.setattr(log, statement, writing_before(getattr(log, statement)))
    actor = city.run(city.services.identity.actor_of, city.tokens["operator"])
    look = partial(log_reading.seen_after, city.services, actor, limit=10, kinds=("case.accepted",))
    first = city.run(partial(look, position=position))
    monkeypatch.undo()
    second = city.run(partial(look, position=first.position))

    heard = {str(item.entry.subject_id) for item in (*first.entries, *second.entries)}
    assert heard == {case["id"] for case in written}


@pytest.fixture(scope="module")
def address(city: City) -> Iterator[str]:
    with served(city) as found:
        yield found


def messages(lines: Iterator[str]) -> Iterator[dict[str, str]]:
    message: dict[str, str] = {}
    until = time.monotonic() + PATIENCE_SECONDS
    for line in lines:
        # A quiet stream sends heartbeats, so that this is reached whatever happens.
        assert time.monotonic() < until
        name, _, value = line.partition(": ")
        message |= {name: value} if name else {}
        if not line and "data" in message:
            yield message
            message = {}


def test_a_reader_hears_what_happens_and_what_was_missed(city: City, address: str) -> None:
    headers = city.as_("citizen")
    with httpx.stream("GET", f"{address}/events", headers=headers, timeout=20) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        city.send_case("citizen2")
        first = city.send_case("citizen")
        heard = next(messages(answer.iter_lines()))
    second = city.send_case("citizen")
    again = {**headers, "Last-Event-ID": heard["id"]}
    with httpx.stream("GET", f"{address}/events", headers=again, timeout=20) as answer:
        missed = next(messages(answer.iter_lines()))

    assert json.loads(heard["data"])["subject"] == f"demand/{first['id']}"
    assert heard["event"] == "case.accepted"
    assert json.loads(missed["data"])["subject"] == f"demand/{second['id']}"
    assert json.loads(missed["data"])["id"] == missed["id"]


def test_a_light_stream_of_one_kind_tells_that_something_came(city: City, address: str) -> None:
    path = f"{address}/events?kinds=case.accepted&light=true"
    with httpx.stream("GET", path, headers=city.as_("operator"), timeout=20) as answer:
        city.send_case("citizen")
        heard = next(messages(answer.iter_lines()))

    assert heard["event"] == "case.accepted"
    assert "data" not in json.loads(heard["data"])


def test_a_quiet_stream_shows_that_it_lives(
    city: City, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "HEARTBEAT_SECONDS", 0.2)
    with httpx.stream("GET", f"{address}/events", headers=city.as_("grid"), timeout=20) as answer:
        line = next(found for found in answer.iter_lines() if found.startswith(":"))

    assert line


def test_one_reader_cannot_open_streams_without_end(
    city: City, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "CONNECTIONS_OF_ONE_MAX", 1)
    headers = city.as_("leader")
    with httpx.stream("GET", f"{address}/events", headers=headers, timeout=20) as answer:
        lines = answer.iter_lines()
        next(lines)
        refused = httpx.get(f"{address}/events", headers=headers, timeout=20)

    assert refused.status_code == 429
    assert refused.headers["retry-after"] == str(events.RETRY_SECONDS)


def until_it_ends(lines: Iterator[str]) -> Iterator[str]:
    until = time.monotonic() + PATIENCE_SECONDS
    for line in lines:
        assert time.monotonic() < until
        yield line


def test_a_stream_ends_with_the_session_that_opened_it(
    fresh_city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    city = fresh_city
    monkeypatch.setattr(events, "HEARTBEAT_SECONDS", 0.2)
    headers = city.as_("operator")
    with (
        served(city) as address,
        httpx.stream("GET", f"{address}/events", headers=headers, timeout=20) as answer,
    ):
        lines = answer.iter_lines()
        city.send_case("citizen")
        heard = next(messages(lines))
        ended = city.client.post("/api/v1/session/end", headers=headers)
        secret = city.send_case("citizen")
        rest = list(until_it_ends(lines))

    assert heard["event"] == "case.accepted"
    assert ended.status_code == 200
    assert not any(secret["id"] in line for line in rest)


@pytest.mark.parametrize("value", ["x", "1-", "9" * 50])
def test_a_place_to_go_on_from_that_means_nothing_is_refused(city: City, value: str) -> None:
    answer = city.client.get("/events", headers=city.as_("citizen", last_event_id=value))

    assert answer.status_code == 422


def test_figures_are_told_to_who_may_know_them(city: City) -> None:
    city.client.get("/api/v1/duty")
    told = city.client.get("/metrics", headers=city.as_("admin"))
    hidden = city.client.get("/metrics", headers=city.as_("citizen", x_forwarded_for="1.2.3.4"))

    assert told.headers["content-type"].startswith("text/plain")
    assert 'route="/api/v1/{type_name}"' in told.text
    assert "pengcheng_request_seconds_bucket" in told.text
    assert hidden.status_code == 404


def test_figures_hold_no_address_that_somebody_typed(city: City) -> None:
    city.client.get("/api/v1/duty/13800138000")
    city.client.get("/nobody/13800138000")

    told = city.client.get("/metrics", headers=city.as_("admin")).text

    assert "13800138000" not in told
