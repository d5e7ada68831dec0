"""REST of webhooks: who may have one, what is refused, secrets, and old deliveries."""

from datetime import timedelta
from typing import Any

import pytest

from pengcheng.ground.http import is_signed
from tests.edge.webhook_bench import HOOKS, START, URL, Bench, bench

__all__ = ["bench"]


def test_a_new_secret_signs_beside_the_old_one_for_a_day(bench: Bench) -> None:
    made = bench.create(kinds=["case.accepted"])
    new = bench.ask("POST", f"{made['id']}/secret").json()["secret"]
    assert new != made["secret"]
    for _ in range(2):
        bench.city.send_case()
        bench.look()
        bench.clock.move(timedelta(hours=25))

    (early, first), (late, second) = bench.receiver.taken
    assert is_signed(made["secret"], early, first, START)
    assert is_signed(new, early, first, START)
    assert is_signed(new, late, second, START + timedelta(hours=25))
    assert not is_signed(made["secret"], late, second, START + timedelta(hours=25))


def test_a_secret_is_told_once_and_kept_sealed(bench: Bench) -> None:
    made = bench.create()
    kept = bench.city.query("select secret from webhook")[0][0]

    assert made["secret"].startswith("whsec_")
    assert made["secret"].encode() not in kept
    assert "secret" not in bench.state(made)
    logged = bench.city.query("select after::text from log where subject_type = 'webhook'")
    assert "token=secret" not in str(logged)


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://receiver.example/", "url.https"),
        ("https://127.0.0.1/", "url.inward"),
        ("https://inward.example/", "url.inward"),
        ("https://[::1]/", "url.inward"),
        ("https://user@receiver.example/", "url.form"),
        ("https://receiver.example:5432/", "url.port"),
        ("https://nobody.example/", "url.unknown_host"),
        ("", "field.required"),
    ],
)
def test_an_address_that_is_never_sent_to_is_refused(bench: Bench, url: str, code: str) -> None:
    answer = bench.city.client.post(HOOKS, json={"url": url}, headers=bench.city.as_("leader"))

    assert answer.status_code == 422
    assert [fault["code"] for fault in answer.json()["faults"]] == [code]
    assert bench.city.query("select count(*) from webhook") == [(0,)]


@pytest.mark.parametrize(
    "body",
    [{"kinds": "x"}, {"kinds": ["x"]}, {"kinds": ["a.b"] * 51}, {"note": 3}, {"note": "x" * 201},
     {"more": 1}],
)  # fmt: skip
def test_a_webhook_that_means_nothing_is_refused(bench: Bench, body: dict[str, Any]) -> None:
    answer = bench.city.client.post(
        HOOKS, json={"url": URL, **body}, headers=bench.city.as_("leader")
    )

    assert answer.status_code == 422
    assert bench.city.query("select count(*) from webhook") == [(0,)]


def test_webhooks_are_for_those_whose_rights_reach_them(bench: Bench) -> None:
    made = bench.create()
    one = made["id"]

    assert bench.ask("GET", one, by="auditor").status_code == 200
    assert bench.ask("POST", f"{one}/pause", by="auditor").status_code == 404
    assert bench.ask("GET", one, by="admin").status_code == 200
    assert bench.ask("GET", one, by="chief").status_code == 404
    assert bench.ask("DELETE", one, by="clerk").status_code == 404
    for by, status in (("clerk", 403), ("citizen", 403), ("auditor", 403), ("guest", 401)):
        answer = bench.city.client.post(HOOKS, json={"url": URL}, headers=bench.city.as_(by))
        assert answer.status_code == status
    assert bench.city.client.get(HOOKS, headers=bench.city.as_("clerk")).json() == {"items": []}
    assert bench.ask("DELETE", one).status_code == 204
    assert bench.ask("GET", one).status_code == 404
    kinds = bench.city.query("select kind from log where subject_type = 'webhook' order by seq")
    assert [kind for (kind,) in kinds] == ["webhook.created", "webhook.removed"]


def test_an_account_has_a_bounded_number_of_webhooks(bench: Bench) -> None:
    for _ in range(20):
        bench.create()

    answer = bench.city.client.post(HOOKS, json={"url": URL}, headers=bench.city.as_("leader"))

    assert answer.json()["code"] == "webhook.too_many"


def test_old_tries_are_forgotten(bench: Bench) -> None:
    webhook = bench.create(kinds=["case.accepted"])
    bench.city.query(
        """insert into webhook_delivery (id, webhook_id, message_id, log_seq, event, kind,
                                         milliseconds, at)
           select gen_random_uuid(), %s::uuid, gen_random_uuid(), n, '1-1', 'case.accepted', 1,
                  now() - n * interval '1 minute' from generate_series(1, 300) n returning 1""",
        webhook["id"],
    )

    bench.city.run(bench.sender()._serving.forget)

    kept = bench.city.query("select count(*), max(log_seq) from webhook_delivery")
    assert kept == [(200, 200)]
