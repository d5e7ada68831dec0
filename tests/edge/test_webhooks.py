"""Delivering to webhooks: what a receiver is sent, and that an outage loses nothing."""

import json
from datetime import timedelta
from typing import Any

import pytest

from pengcheng.edge.webhook_sending import Sender
from pengcheng.engines.webhooks import DISABLED_AFTER, LEASE, NEVER_LATER_THAN, retry_after
from pengcheng.ground.http import Answer, is_signed, waiting
from pengcheng.kernel.errors import Trouble
from tests.city import City
from tests.edge.webhook_bench import START, URL, Bench, Killed, bench, subjects

__all__ = ["bench"]


def test_an_event_arrives_signed_as_a_cloud_event(bench: Bench) -> None:
    made = bench.create(kinds=["case.accepted"])
    case = bench.city.send_case()

    bench.look()

    headers, content = bench.receiver.taken[0]
    assert is_signed(made["secret"], headers, content, bench.clock.now())
    event = json.loads(content)
    assert event["specversion"] == "1.0"
    assert event["type"] == "case.accepted"
    assert event["subject"] == f"demand/{case['id']}"
    assert len(bench.receiver.taken) == 1


def test_nothing_is_lost_and_order_is_kept_after_an_outage_of_300_seconds(bench: Bench) -> None:
    webhook = bench.create(kinds=["case.accepted"])
    bench.receiver.down_until = START + timedelta(seconds=300)
    sender = bench.sender()
    sent = []
    for _ in range(30):
        sent.append(f"demand/{bench.city.send_case()['id']}")
        bench.look(sender)
        bench.clock.move(timedelta(seconds=10))
    assert bench.receiver.taken == []
    assert bench.state(webhook)["failures"] >= 5

    for _ in range(80):
        bench.look(sender)
        bench.clock.move(timedelta(seconds=10))

    assert subjects(bench.receiver) == sent
    assert len(set(bench.receiver.ids)) == len(sent)
    assert bench.state(webhook)["failures"] == 0
    assert bench.state(webhook)["behind"] == 0


def test_a_failing_receiver_is_asked_later_and_later(bench: Bench) -> None:
    bench.create(kinds=["case.accepted"])
    bench.receiver.down_until = START + timedelta(days=1)
    bench.city.send_case()

    for _ in range(600):
        bench.look()
        bench.clock.move(timedelta(seconds=1))

    assert 5 <= bench.receiver.tries <= 9
    waits = [retry_after(failures, 1.0) for failures in range(1, 40)]
    assert waits == sorted(waits)
    assert waits[-1] == NEVER_LATER_THAN
    assert retry_after(3, 0.0) < retry_after(3, 1.0)


def test_a_process_killed_after_the_receivers_yes_sends_the_event_again_with_its_id(
    bench: Bench,
) -> None:
    bench.create(kinds=["case.accepted"])
    bench.city.send_case()

    async def killed(url: str, content: bytes, **more: Any) -> Answer:
        await bench.receiver.post(url, content, **more)
        raise Killed

    async def dying(sender: Sender) -> None:
        # What a killed process leaves: a lease that nobody gives back.
        async def nothing(claim: Any) -> None:
            del claim

        sender._serving.release = nothing  # type: ignore[method-assign]  # a killed process releases nothing
        for webhook_id in await sender._serving.due():
            with pytest.raises(Killed):
                await sender.serve(webhook_id)

    bench.city.run(dying, bench.sender(killed))
    bench.look()
    assert len(bench.receiver.taken) == 1

    bench.clock.move(LEASE)
    bench.look()

    assert len(bench.receiver.taken) == 2
    assert len(set(bench.receiver.ids)) == 1


def test_one_receiver_that_is_down_does_not_hold_another(bench: Bench) -> None:
    down = bench.create(kinds=["case.accepted"])
    up = bench.create(kinds=["case.accepted"])
    bench.city.send_case()

    async def broken(url: str, content: bytes, **more: Any) -> Answer:
        del url, content, more
        raise Trouble("http.unreachable", host="receiver.example", reason="ReadTimeout")

    async def post(url: str, content: bytes, **more: Any) -> Answer:
        for_down = is_signed(down["secret"], more["headers"], content, bench.clock.now())
        return await (broken if for_down else bench.receiver.post)(url, content, **more)

    bench.look(bench.sender(post))

    assert len(bench.receiver.taken) == 1
    assert bench.state(up)["behind"] == 0
    assert bench.state(down)["failures"] == 1


def test_a_receiver_is_sent_only_what_its_owner_may_see(bench: Bench) -> None:
    bench.create(by="chief")
    bench.city.send_case()

    bench.look()

    assert bench.receiver.events == []
    unit = bench.city.query("select id::text from organisation where key = 'water@futian'")
    case = bench.city.send_case()
    acted = bench.city.act("operator", case, "dispatch", organisation_id=unit[0][0])
    assert acted.status_code == 200, acted.text
    bench.look()
    assert {event["subject"] for event in bench.receiver.events} == {f"demand/{case['id']}"}


def test_a_webhook_rests_when_its_owner_is_no_more(bench: Bench) -> None:
    webhook = bench.create(kinds=["case.accepted"])
    bench.city.query("update account set active = false where username = 'leader' returning 1")
    bench.city.send_case()

    bench.look()

    assert bench.receiver.tries == 0
    assert bench.ask("GET", webhook["id"], by="auditor").json()["state"] == "disabled"


@pytest.mark.parametrize("status", [301, 307, 400, 404, 500, 503])
def test_what_is_no_yes_is_a_failure_and_comes_again(bench: Bench, status: int) -> None:
    webhook = bench.create(kinds=["case.accepted"])
    bench.city.send_case()
    bench.receiver.status = status

    bench.look()

    state = bench.state(webhook)
    assert (state["failures"], state["last"]["status"]) == (1, status)
    assert state["state"] == "active"
    bench.receiver.status = 200
    bench.clock.move(NEVER_LATER_THAN)
    bench.look()
    assert len(bench.receiver.taken) == 1


def notices(city: City) -> list[tuple[Any, ...]]:
    return city.query(
        """select a.username, n.facts->>'host', n.facts->>'reason' from notice n
           join account a on a.id = n.account_id where n.kind = 'webhook_disabled'"""
    )


def test_a_receiver_that_fails_for_days_is_given_up_and_its_owner_is_told(bench: Bench) -> None:
    webhook = bench.create(kinds=["case.accepted"])
    case = bench.city.send_case()
    bench.receiver.down_until = START + DISABLED_AFTER + timedelta(days=1)
    while bench.clock.now() - START < DISABLED_AFTER + NEVER_LATER_THAN:
        bench.look()
        bench.clock.move(NEVER_LATER_THAN)
    assert bench.state(webhook)["state"] == "disabled"
    assert notices(bench.city) == [("leader", "receiver.example", "http.unreachable")]

    bench.clock.move(timedelta(days=2))
    bench.ask("POST", f"{webhook['id']}/resume")
    bench.look()

    assert subjects(bench.receiver) == [f"demand/{case['id']}"]


def test_a_receiver_that_is_gone_is_given_up_at_once(bench: Bench) -> None:
    webhook = bench.create(kinds=["case.accepted"])
    bench.city.send_case()
    bench.receiver.status = 410

    bench.look()

    assert bench.state(webhook)["state"] == "disabled"
    assert notices(bench.city) == [("leader", "receiver.example", "410")]


def test_what_happens_during_a_pause_waits(bench: Bench) -> None:
    webhook = bench.create(kinds=["case.accepted"])
    bench.ask("POST", f"{webhook['id']}/pause")
    case = bench.city.send_case()
    bench.look()
    assert bench.receiver.tries == 0
    missed = bench.ask("GET", f"{webhook['id']}/missed").json()
    assert [event["subject"] for event in missed["items"]] == [f"demand/{case['id']}"]

    bench.ask("POST", f"{webhook['id']}/resume")
    bench.look()

    assert subjects(bench.receiver) == [f"demand/{case['id']}"]
    assert bench.ask("GET", f"{webhook['id']}/missed").json()["items"] == []


def test_what_was_missed_may_be_left_out(bench: Bench) -> None:
    webhook = bench.create(kinds=["case.accepted"])
    bench.ask("POST", f"{webhook['id']}/pause")
    bench.city.send_case()

    bench.ask("POST", f"{webhook['id']}/resume", json={"from": "now"})
    bench.look()

    assert bench.receiver.taken == []


def test_a_stretch_of_the_log_is_told_once_more_with_its_ids(bench: Bench) -> None:
    webhook = bench.create(kinds=["case.accepted"])
    before = bench.state(webhook)["position"]
    for _ in range(3):
        bench.city.send_case()
    bench.look()
    told = list(bench.receiver.ids)

    answer = bench.ask("POST", f"{webhook['id']}/redeliver", json={"after": before})
    bench.look()

    assert answer.status_code == 200
    assert bench.receiver.ids == [*told, *told]


def test_one_event_is_sent_again_at_once(bench: Bench) -> None:
    webhook = bench.create(kinds=["case.accepted"])
    bench.city.send_case()
    bench.look()
    tried = bench.ask("GET", f"{webhook['id']}/deliveries").json()["items"][0]

    answer = bench.ask("POST", f"{webhook['id']}/deliveries/{tried['id']}/resend")

    assert answer.json()["taken"] is True
    assert bench.receiver.ids == [tried["webhook_id"]] * 2
    assert len(bench.ask("GET", f"{webhook['id']}/deliveries").json()["items"]) == 2
    absent = bench.ask("POST", f"{webhook['id']}/deliveries/{webhook['id']}/resend")
    assert absent.json()["code"] == "webhook.no_delivery"


@pytest.mark.parametrize(
    ("asked", "seconds"),
    [(timedelta(seconds=600), 600), (timedelta(days=30), 86_400), (timedelta(), 5), (None, 5)],
)
def test_a_receiver_that_asks_for_time_is_given_it(
    bench: Bench, asked: timedelta | None, seconds: int
) -> None:
    bench.create(kinds=["case.accepted"])
    bench.city.send_case()

    async def busy(*given: Any, **more: Any) -> Answer:
        del given, more
        return Answer(status=503, content=b"", retry_after=asked)

    bench.look(bench.sender(busy))
    bench.clock.move(timedelta(seconds=seconds - 1))
    bench.look()
    assert bench.receiver.taken == []
    bench.clock.move(timedelta(seconds=1))
    bench.look()
    assert len(bench.receiver.taken) == 1


@pytest.mark.parametrize(
    ("retry_after", "seconds"),
    [
        ("120", 120), ("Wed, 21 Oct 2026 07:30:00 GMT", 120), ("Wed, 21 Oct 2026 07:00:00 GMT", 0),
        ("soon", None), ("-5", None), ("", None), ("9" * 30, 999_999_999),
    ],
)  # fmt: skip
def test_what_a_receiver_asks_for_is_read_in_either_form(
    retry_after: str, seconds: int | None
) -> None:
    found = waiting(retry_after, "Wed, 21 Oct 2026 07:28:00 GMT")
    assert found == (None if seconds is None else timedelta(seconds=seconds))


def test_what_was_not_told_goes_to_the_new_address_and_kinds_are_changed(bench: Bench) -> None:
    webhook = bench.create(
        url="https://receiver.example/old", kinds=["case.accepted"], note="旧系统"
    )
    path, asked = webhook["id"], []

    async def down(url: str, *given: Any, **more: Any) -> Answer:
        del given, more
        asked.append(url)
        raise Trouble("http.unreachable", host="receiver.example", reason="ConnectError")

    case = bench.city.send_case()
    bench.look(bench.sender(down))

    kinds = ["case.accepted", "case.closed"]
    changed = bench.ask("PATCH", path, json={"url": URL, "kinds": kinds})
    assert (changed.json()["kinds"], changed.json()["note"]) == (kinds, "旧系统")
    for wrong in ({"url": "https://inward.example/"}, {"kinds": ["?"]}, {"secret": "x"}):
        assert bench.ask("PATCH", path, json=wrong).status_code == 422
    bench.look()

    assert asked == ["https://receiver.example/old"]
    assert subjects(bench.receiver) == [f"demand/{case['id']}"]
