"""Task pages open without a network as they were last seen, for the account that saw them alone."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.city import City, Filled
from tests.portals.in_a_browser import looking
from tests.portals.shenzhengyi.desk_paper import get
from tests.portals.shenzhengyi.test_tasks import given, state
from tests.portals.shenzhengyi.test_tasks_offline import (
    fill,
    is_done,
    on_a_phone,
    press,
    told_once,
)

pytestmark = pytest.mark.browser

KEPT = """async path => {
    for (let tries = 0; tries < 100; tries++) {
        const cache = await caches.open("pengcheng-task-pages");
        if (navigator.serviceWorker.controller && await cache.match(path)) return true;
        await new Promise(done => setTimeout(done, 100));
    }
    return false;
}"""
MARK = "[data-offline-mark]"


def kept(page: Page, path: str) -> None:
    """Wait until the device holds a page."""
    assert page.evaluate(KEPT, path)


def names(page: Page) -> list[str]:
    found: list[str] = page.evaluate("async () => (await caches.keys()).sort()")
    return found


def test_a_task_seen_before_opens_without_a_network_and_its_form_goes_once(
    browser: Browser, address: str, filled: Filled, city: City
) -> None:
    page, task, case_id = on_a_phone(browser, address, filled, city, "进山以后断网")
    kept(page, f"/e/tasks/{task}")
    expect(page.locator(MARK)).to_be_hidden()
    page.goto(f"{address}/e/tasks")
    kept(page, "/e/tasks")
    page.context.set_offline(True)

    page.goto(f"{address}/e/tasks")
    expect(page.locator(MARK)).to_be_visible()
    page.get_by_role("link", name="进山以后断网").click()
    expect(page.locator(MARK)).to_be_visible()
    fill(page, "山口井盖已复位")
    press(page)
    expect(page.locator("textarea[name=note]")).to_have_value("")
    assert state(city, task) == "taken"

    page.goto(f"{address}/e/tasks")
    page.context.set_offline(False)
    assert is_done(city, task)
    assert told_once(city, case_id)
    page.context.close()


def test_a_task_that_was_not_seen_says_so(
    browser: Browser, address: str, filled: Filled, city: City
) -> None:
    task, _ = given(city, "没有打开过")
    page = looking(browser, address, filled.tokens["grid"], 390, {}).new_page()
    page.goto(f"{address}/e/tasks")
    kept(page, "/e/tasks")
    page.context.set_offline(True)

    page.goto(f"{address}/e/tasks/{task}")

    expect(page.locator("h1")).to_have_text("没有网络，这一页没有存下")
    page.context.close()


def test_no_other_page_is_kept(browser: Browser, address: str, filled: Filled) -> None:
    page = looking(browser, address, filled.tokens["grid"], 390, {}).new_page()
    page.goto(f"{address}/e/tasks")
    kept(page, "/e/tasks")
    page.goto(f"{address}/e/messages")
    page.goto(f"{address}/e/tasks")

    paths = page.evaluate(
        """async () => {
            const found = [];
            for (const name of await caches.keys()) {
                for (const request of await (await caches.open(name)).keys()) {
                    found.push(new URL(request.url).pathname);
                }
            }
            return found;
        }"""
    )

    own = {"/e/tasks", "/e/tasks-account", "/e/tasks-offline"}
    assert {path for path in paths if not path.startswith("/static/")} == own
    page.context.close()


def test_what_is_kept_goes_when_its_reader_signs_out(
    browser: Browser, address: str, filled: Filled, city: City
) -> None:
    token = city.run(_token, city, "grid")
    page = looking(browser, address, token, 390, {}).new_page()
    page.goto(f"{address}/e/tasks")
    kept(page, "/e/tasks")
    page.goto(f"{address}/e/me")
    page.locator('form[action="/sign-out"] button').click()
    page.wait_for_url(re.compile(r"/(i/|sign-in)?$"))

    assert names(page) == ["pengcheng-task-parts"]
    page.context.close()


async def _token(city: City, username: str) -> str:
    made = await city.services.identity.issue_token(
        username, note="test", lifetime=timedelta(hours=1)
    )
    return made.token


def test_another_account_never_sees_what_the_one_before_had(
    browser: Browser, address: str, filled: Filled, city: City
) -> None:
    page, task, _ = on_a_phone(browser, address, filled, city, "只有网格员能看")
    kept(page, f"/e/tasks/{task}")
    page.context.add_cookies(
        [{"name": "pengcheng_session", "value": filled.tokens["clerk2"], "url": address}]
    )
    page.goto(f"{address}/e/messages")
    page.wait_for_function("async () => !(await caches.has('pengcheng-task-pages'))")
    page.context.set_offline(True)

    page.goto(f"{address}/e/tasks/{task}")

    expect(page.locator("h1")).to_have_text("没有网络，这一页没有存下")
    expect(page.get_by_text("只有网格员能看")).to_have_count(0)
    page.context.close()


def test_the_worker_reaches_task_pages_only_and_is_never_old(city: City) -> None:
    answer = get(city, "/e/tasks-worker.js", "grid")

    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["cache-control"] == "no-cache"
    assert 'data-tasks-worker="/e/tasks-worker.js"' in get(city, "/e/tasks", "grid").text
    assert "data-tasks-worker" not in get(city, "/e/messages", "grid").text
