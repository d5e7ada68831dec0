"""The grid worker's form on a phone without a network: kept with its photos, sent once."""

import re
import time

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.city import City, Filled
from tests.portals.in_a_browser import looking
from tests.portals.shenzhengyi.desk_paper import post
from tests.portals.shenzhengyi.test_tasks import given, picture, state, task_version

pytestmark = pytest.mark.browser

SEEN_MAX = 20.0


def on_a_phone(
    browser: Browser, address: str, filled: Filled, city: City, title: str
) -> tuple[Page, str, str]:
    """The page of a task in the grid worker's hands, that task, and its case's id."""
    task, case = given(city, title)
    post(city, f"/e/tasks/{task}/take", "grid", version=task_version(city, task))
    page = looking(browser, address, filled.tokens["grid"], 390, {}).new_page()
    page.goto(f"{address}/e/tasks/{task}")
    return page, task, case["id"]


def fill(page: Page, note: str) -> None:
    for name in ("before", "after"):
        page.locator(f"input[type=file][name={name}]").first.set_input_files(
            [{"name": f"{name}.jpg", "mimeType": "image/jpeg", "buffer": picture()}]
        )
    page.fill("textarea[name=note]", note)


def press(page: Page) -> None:
    page.locator("#finish-form button.button--solid").last.click()


def is_done(city: City, task: str) -> bool:
    until = time.monotonic() + SEEN_MAX
    while state(city, task) != "done" and time.monotonic() < until:
        time.sleep(0.2)
    return state(city, task) == "done"


def told_once(city: City, case_id: str) -> bool:
    rows = city.query(
        "select count(*) from log where kind = 'task.done' and subject_id = %s", case_id
    )
    return bool(rows[0][0] == 1)


def test_without_a_network_the_form_is_kept_and_sent_once_when_it_is_back(
    browser: Browser, address: str, filled: Filled, city: City
) -> None:
    page, task, case_id = on_a_phone(browser, address, filled, city, "地下车库没有信号")
    fill(page, "车库积水已抽干")
    page.context.set_offline(True)
    press(page)
    expect(page.locator(".toast").last).to_be_visible()
    expect(page.locator("textarea[name=note]")).to_have_value("")
    assert state(city, task) == "taken"
    page.context.set_offline(False)

    assert is_done(city, task)
    assert told_once(city, case_id)
    result = city.query("select result from task where id = %s", task)[0][0]
    assert result["note"] == "车库积水已抽干"
    assert len(result["before"]) == len(result["after"]) == 1
    page.context.close()


def test_what_was_kept_is_sent_when_the_page_is_opened_again(
    browser: Browser, address: str, filled: Filled, city: City
) -> None:
    page, task, case_id = on_a_phone(browser, address, filled, city, "山脚下时有时无")
    fill(page, "边坡已看过")
    # The phone believes that it is on line, and nothing comes through.
    page.route("**/finish", lambda route: route.abort())
    press(page)
    expect(page.locator(".toast").last).to_be_visible()
    assert state(city, task) == "taken"
    page.unroute("**/finish")
    page.goto(f"{address}/e/tasks/{task}")

    assert is_done(city, task)
    assert told_once(city, case_id)
    page.context.close()


def test_with_a_network_the_form_goes_at_once_and_a_fault_of_it_is_told(
    browser: Browser, address: str, filled: Filled, city: City
) -> None:
    page, task, case_id = on_a_phone(browser, address, filled, city, "信号满格")
    press(page)
    expect(page.locator("[aria-invalid=true]").first).to_be_visible()
    assert state(city, task) == "taken"
    fill(page, "已处理")
    press(page)

    expect(page).to_have_url(re.compile("said=done"))
    assert is_done(city, task)
    assert told_once(city, case_id)
    page.context.close()
