"""Moments, time left, numbers and masks are written as a reader would write them."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some
from jinja2 import Environment, UndefinedError

from pengcheng.kernel.time import CITY_ZONE
from pengcheng.kernel.words import Words
from pengcheng.portals.kit import Remaining, environment, remaining, render
from pengcheng.portals.kit.environment import render_text
from pengcheng.portals.kit.filters import mask_id, mask_phone, shortened, spoken
from pengcheng.portals.kit.preview import NOW, page_for


@pytest.fixture(scope="module")
def env() -> Environment:
    return environment("/static")


def said(env: Environment, source: str, look: str = "light", **values: object) -> str:
    return render_text(env, source, page_for("ishenzhen", look), values)


@pytest.mark.parametrize(
    ("moment", "zh", "en"),
    [
        (NOW, "今天 14:05", "today 14:05"),
        (NOW - timedelta(days=1), "昨天 14:05", "yesterday 14:05"),
        (NOW + timedelta(days=1), "明天 14:05", "tomorrow 14:05"),
        (NOW + timedelta(days=3), "11月23日 14:05", "23 Nov 14:05"),
        (NOW + timedelta(days=60), "2027年1月19日 14:05", "19 Jan 2027, 14:05"),
        (date(2026, 11, 20), "今天", "today"),
        (date(2025, 3, 1), "2025年3月1日", "1 Mar 2025"),
    ],
)
def test_a_moment_is_said_in_words_when_near_and_with_its_year_when_far(
    moment: date, zh: str, en: str
) -> None:
    assert spoken(moment, NOW, "zh", style="near") == zh
    assert spoken(moment, NOW, "en", style="near") == en


def test_an_instant_in_utc_is_shown_in_the_city_s_time_with_its_full_date(env: Environment) -> None:
    at = datetime(2026, 11, 20, 16, 30, tzinfo=UTC)
    assert said(env, "{{ at|when }}", at=at) == (
        '<time datetime="2026-11-21T00:30:00+08:00" title="2026年11月21日 00:30">明天 00:30</time>'
    )


def test_nothing_is_written_for_a_moment_that_is_not_known(env: Environment) -> None:
    assert said(env, "{{ none|when }}{{ none|left }}") == ""


@pytest.mark.parametrize(
    ("left", "zh", "en"),
    [
        (Remaining(state="good", amount=3, unit="working_day"), "还剩 3 个工作日",
         "3 working days left"),
        (Remaining(state="late", amount=1, unit="hour"), "超 1 小时", "1 hour overdue"),
        (Remaining(state="watch", amount=40, unit="minute"), "还剩 40 分钟", "40 minutes left"),
        (Remaining(state="paused"), "计时暂停", "Clock paused"),
        (Remaining(state="done"), "已办结", "Closed"),
    ],
)  # fmt: skip
def test_time_left_says_what_its_colour_says(
    env: Environment, left: Remaining, zh: str, en: str
) -> None:
    marked = f'<span class="left left--{left.state}">{{}}</span>'
    assert said(env, "{{ left|left }}", left=left) == marked.format(zh)
    assert said(env, "{{ left|left }}", look="en", left=left) == marked.format(en)


def test_watch_begins_under_a_fifth_and_late_only_past_due() -> None:
    started, due = NOW - timedelta(hours=8), NOW + timedelta(hours=2)
    assert remaining(due, NOW, started=started).state == "good"
    assert remaining(due, NOW + timedelta(minutes=1), started=started).state == "watch"
    assert remaining(due, due, started=started).state == "watch"
    assert remaining(due, due + timedelta(seconds=1), started=started).state == "late"


def test_working_days_are_told_only_while_there_are_whole_days_left() -> None:
    assert remaining(NOW + timedelta(days=4), NOW, working_days=2) == Remaining(
        state="good", amount=2, unit="working_day"
    )
    assert remaining(NOW + timedelta(hours=5), NOW, working_days=1).unit == "hour"


@given(some.integers(min_value=-(10**12), max_value=10**12))
def test_a_shortened_number_is_near_the_exact_one(value: int) -> None:
    sizes = {"": 1, " 万": 10**4, " 亿": 10**8}
    figure, unit = shortened(value, "zh")
    told = float(figure.replace(",", "")) * sizes[unit]
    assert abs(told - value) <= 0.05 * sizes[unit] + 1e-6


def test_a_shortened_number_carries_the_exact_one(env: Environment) -> None:
    assert said(env, "{{ 300000|number(unit='元') }}") == (
        '<data class="number" value="300000" title="300,000">'
        '30<span class="unit"> 万元</span></data>'
    )
    assert said(env, "{{ 28460|number('exact') }}") == '<span class="number">28,460</span>'


@given(some.text(alphabet="0123456789X", max_size=20))
def test_a_mask_never_shows_more_than_its_ends(number: str) -> None:
    assert sum(character != "*" for character in mask_phone(number)) <= 7
    assert sum(character != "*" for character in mask_id(number)) <= 8


def test_masks_look_as_people_know_them() -> None:
    assert mask_phone("13812345678") == "138****5678"
    assert mask_id("440305199001011234") == "4403**********1234"
    assert mask_phone("110") == "***"
    assert mask_phone(None) == ""


def test_a_portal_adds_its_own_texts_and_pages(tmp_path: Path) -> None:
    (tmp_path / "words.yaml").write_text(
        "own:\n  hello: {zh: '{name}，您好', en: 'Hello {name}'}\n"
    )
    (tmp_path / "page.html").write_text(
        '{% extends "kit/layouts/plain.html" %}{% block title %}x{% endblock %}'
        '{% block content %}<h1>{{ t("own.hello", name=name) }}</h1>{{ told|t }}{% endblock %}'
    )
    env = environment("/s", templates=[tmp_path], words=[tmp_path / "words.yaml"])
    values = {"name": "<b>", "told": Words("甲", "A")}
    html = render(env, "page.html", page_for("shenqi", "en"), values)
    assert "<h1>Hello &lt;b&gt;</h1>A" in html
    assert '<html lang="en" data-theme="light"' in html


def test_a_text_or_component_that_does_not_exist_fails_loudly(env: Environment) -> None:
    with pytest.raises(AssertionError, match=r"no\.such\.text"):
        said(env, "{{ t('no.such.text') }}")
    with pytest.raises(UndefinedError):
        said(env, "{{ kit.no_such_component() }}")
    with pytest.raises(AssertionError, match=r"icons\.txt"):
        said(env, "{{ kit.icon('no-such-icon') }}")


def test_now_is_the_request_s_and_not_the_machine_s(env: Environment) -> None:
    assert NOW.tzinfo is CITY_ZONE
    assert "今天" in said(env, "{{ page.now|when }}")


def test_a_moment_stays_a_moment_in_a_text_and_what_stands_around_it_is_escaped(
    env: Environment,
) -> None:
    text = Words(zh="<{at} 前", en="before <{at}")
    assert said(env, "{{ text|t(at=at|when) }}", text=text, at=NOW) == (
        '&lt;<time datetime="2026-11-20T14:05:00+08:00" title="2026年11月20日 14:05">今天 14:05'
        "</time> 前"
    )
