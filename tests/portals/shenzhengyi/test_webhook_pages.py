"""The pages of webhooks in 深政易: who sees them, the secret shown once, state, sending again."""

import re

import pytest

from tests.city import City
from tests.edge.webhook_bench import URL, Bench, bench
from tests.portals.shenzhengyi.desk_paper import get, post

__all__ = ["bench"]

HOME = "/e/admin/webhooks"


def made(city: City, by: str = "leader") -> tuple[str, str]:
    """The address of a new webhook's page, and its secret."""
    answer = post(city, HOME, by, url=URL, kinds="case.accepted", note="示例·水务系统")
    assert answer.status_code == 200, answer.text
    [secret] = re.findall(r"whsec_[A-Za-z0-9+/=]+", answer.text)
    key = str(city.query("select id::text from webhook order by created_at desc limit 1")[0][0])
    return f"{HOME}/{key}", secret


@pytest.mark.parametrize(
    ("by", "status"), [("admin", 200), ("auditor", 200), ("chief", 200), ("clerk", 403)]
)
def test_the_page_is_for_those_whose_rights_reach_webhooks(
    city: City, by: str, status: int
) -> None:
    assert get(city, HOME, by).status_code == status


def test_a_webhook_is_added_and_its_secret_is_shown_once(bench: Bench) -> None:
    page, secret = made(bench.city)

    shown = get(bench.city, page, "leader").text

    assert secret not in shown
    assert "示例·水务系统" in shown
    assert "正常" in shown
    assert "示例·水务系统" in get(bench.city, HOME, "admin").text
    assert "示例·水务系统" not in get(bench.city, HOME, "chief").text


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("url", "https://inward.example/"),
        ("url", "http://receiver.example/"),
        ("kinds", "everything"),
    ],
)
def test_what_is_wrong_is_told_at_its_field(bench: Bench, field: str, given: str) -> None:
    answer = post(bench.city, HOME, "leader", **{"url": URL, field: given})

    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text
    assert given in answer.text
    assert bench.city.query("select count(*) from webhook") == [(0,)]


def test_a_failure_is_shown_and_the_event_is_sent_again(bench: Bench) -> None:
    page, _ = made(bench.city)
    bench.city.send_case()
    bench.receiver.status = 500
    bench.look()
    shown = get(bench.city, page, "leader").text
    assert "未收下（500）" in shown
    assert "重试中" in shown

    bench.receiver.status = 200
    [delivery] = re.findall(r'name="delivery" value="([0-9a-f-]{36})"', shown)
    answer = post(bench.city, f"{page}/resend", "leader", delivery=delivery)

    assert answer.status_code == 303
    assert len(bench.receiver.taken) == 1
    assert "已收下（200）" in get(bench.city, page, "leader").text


def test_it_is_paused_resumed_given_a_new_secret_and_removed(bench: Bench) -> None:
    page, secret = made(bench.city)

    post(bench.city, f"{page}/pause", "leader")
    assert "已暂停" in get(bench.city, page, "leader").text
    post(bench.city, f"{page}/resume", "leader")
    assert "正常" in get(bench.city, page, "leader").text
    [new] = re.findall(r"whsec_[A-Za-z0-9+/=]+", post(bench.city, f"{page}/secret", "leader").text)
    assert new != secret
    assert post(bench.city, f"{page}/remove", "leader").status_code == 303
    assert get(bench.city, page, "leader").status_code == 404


def test_who_may_only_read_changes_nothing(bench: Bench) -> None:
    page, _ = made(bench.city)

    shown = get(bench.city, page, "auditor").text

    assert f"{page}/pause" not in shown
    assert post(bench.city, f"{page}/pause", "auditor").status_code == 404
    assert bench.city.query("select state from webhook") == [("active",)]


def test_the_pages_speak_english_too(bench: Bench) -> None:
    page, _ = made(bench.city)
    headers = {**bench.city.as_("leader"), "accept": "text/html", "accept-language": "en"}

    for path in (HOME, page):
        text = bench.city.client.get(path, headers=headers).text
        assert "Webhooks" in text
        assert "系统对接" not in text


def test_address_and_kinds_are_changed_on_its_page(bench: Bench) -> None:
    webhook = bench.create(kinds=["case.accepted"])
    path = f"/e/admin/webhooks/{webhook['id']}"
    body = {"url": "https://receiver.example/two", "kinds": "case.closed", "note": "新系统"}

    wrong = post(bench.city, f"{path}/change", "leader", **{**body, "kinds": "?"})
    assert wrong.status_code == 422
    assert 'href="#kinds"' in wrong.text or "kinds" in wrong.text
    assert post(bench.city, f"{path}/change", "leader", **body).status_code == 303

    page = get(bench.city, path, "leader").text
    assert 'value="https://receiver.example/two"' in page
    assert 'value="case.closed"' in page
