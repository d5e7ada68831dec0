"""What an administrator changes counts within seconds in a running city: in the other web process
and in the background process, and nothing is started again."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from pengcheng.ground import settings as city_settings
from pengcheng.ops import postgres
from tests.city import City, Filled, filled, running, served
from tests.ops.test_installing import Worker
from tests.portals.shenzhengyi.desk_paper import get, post, unit
from tests.portals.shenzhengyi.test_administration import sheet

__all__ = ["filled"]
pytestmark = pytest.mark.slow
SECONDS = 15
"""Generous for a busy machine; the program looks once a second."""

STREET = "440304007016"


class Pair:
    """A city with its worker, written to by one web process and read from another."""

    def __init__(self, city: City, other: str) -> None:
        self.city = city
        self.other = other

    def read(self, path: str, by: str = "admin") -> httpx.Response:
        headers = {**self.city.as_(by), "accept": "text/html"}
        return httpx.get(self.other + path, headers=headers, timeout=SECONDS)

    def report(self, title: str, **more: Any) -> Any:
        """A case sent to the other process, once the worker has judged it."""
        body = {"channel": "api", "fields": {"subject": title, "body": f"{title}，请处理"},
                "area_code": STREET, **more}  # fmt: skip
        made = httpx.post(
            f"{self.other}/api/v1/cases/demand", json=body, headers=self.city.as_("citizen"),
            timeout=SECONDS,
        )  # fmt: skip
        assert made.status_code == 201, made.text
        key = made.json()["id"]
        held = "select 1 from log where subject_id = %s and kind <> 'case.accepted' limit 1"
        within(lambda: bool(self.city.query(held, key)))
        return key

    def import_(self, path: str, *lines: str) -> None:
        answer = post(self.city, f"{path}/import", "admin", files=sheet(*lines), mode="all")
        assert answer.status_code in {200, 303}, answer.text


def within(holds: Callable[[], bool]) -> None:
    until = time.monotonic() + SECONDS
    while not holds() and time.monotonic() < until:
        time.sleep(0.2)
    assert holds()


@pytest.fixture(scope="module")
def pair(postgres_server: postgres.Cluster, filled: Filled) -> Iterator[Pair]:
    with running(postgres_server, filled) as city, served(city) as other:
        given = {
            "PENGCHENG_DATA": str(filled.data), "PENGCHENG_DATABASE_URL": city.url,
            "PENGCHENG_NATS_URL": city.services.settings.nats_url,
        }  # fmt: skip
        with Worker(city_settings.read(given)):
            yield Pair(city, other)


def rows_of(pair: Pair, type_name: str) -> tuple[list[str], list[list[str]]]:
    text = get(pair.city, f"/e/records/{type_name}/sheet/csv", "admin").content.decode("utf-8-sig")
    head, *rows = text.splitlines()
    return head.split(","), [row.split(",") for row in rows]


def test_a_deadline_counts_for_the_next_case(pair: Pair) -> None:
    head, rows = rows_of(pair, "deadline_rule")
    at = head.index("amount")
    changed = [",".join([*row[:at], "33", *row[at + 1 :]]) for row in rows]
    pair.import_("/e/records/deadline_rule", ",".join(head), *changed)

    def promised() -> bool:
        key = pair.report("雨水口堵了，路面积水")
        told = "select deadline::text from cases where id = %s"
        return "33" in str(pair.city.query(told, key))

    within(promised)


def test_the_duty_list_and_categories_are_those_that_stand_now(pair: Pair) -> None:
    lines = ("level1,level2,level3,words,organisation_key,level,deadline",
             "交通运输,夜航无人机,,夜航无人机,water,district,ordinary")  # fmt: skip
    pair.import_("/e/records/duty", *lines)
    pair.import_(
        "/e/records/demand_category", "level1,level2,level3", "交通运输,夜航无人机,噪声扰民"
    )
    assert "夜航无人机" in pair.read("/e/records/duty?q=夜航无人机").text

    def listed() -> bool:
        services = httpx.get(f"{pair.other}/open311/v2/services.json", timeout=SECONDS)
        return "噪声扰民" in services.text

    within(listed)


def test_knowledge_answers_from_the_moment_it_is_written(pair: Pair) -> None:
    question = "鹏城夜航无人机体验券如何领取"
    pair.import_("/e/records/knowledge_article", "question,answer,words",
                 f"{question},到市民中心一号窗口领取,夜航 体验券")  # fmt: skip
    within(lambda: question in pair.read(f"/e/records/knowledge_article?q={question}").text)

    def answered() -> bool:
        key = pair.report(question, fields={"subject": question, "body": question,
                                            "kind": "consultation"})  # fmt: skip
        told = "select 1 from log where subject_id = %s and after::text like '%%一号窗口%%'"
        messages = "select 1 from message where case_id = %s and body like '%%一号窗口%%'"
        return bool(pair.city.query(told, key) or pair.city.query(messages, key))

    within(answered)


def test_a_day_off_moves_what_is_due_and_shows_in_the_other_process(pair: Pair) -> None:
    key = pair.report("路灯坏了，晚上很黑")
    due = "select due_at from cases where id = %s"
    pair.city.query("update cases set step = 'triage' where id = %s returning 1", key)
    done = pair.city.act("operator", {"id": key}, "dispatch", organisation_id=unit(pair.city))
    assert done.status_code == 200, done.text
    before = pair.city.query(due, key)
    days = "select generate_series(now()::date + 1, now()::date + 40, '1 day')::date::text"
    lines = [f"{row[0]},否,台风停工" for row in pair.city.query(days)]
    pair.import_("/e/admin/calendar", "day,working,name", *lines)

    within(lambda: pair.city.query(due, key) != before)
    within(lambda: "台风停工" in pair.read("/e/admin/calendar").text)


def test_a_right_that_is_taken_away_ends_in_the_other_process(pair: Pair) -> None:
    assert pair.read("/e/records/duty", "operator").status_code == 200
    pair.import_("/e/admin/accounts", "username,active", "operator,否")
    within(lambda: pair.read("/e/records/duty", "operator").status_code != 200)
