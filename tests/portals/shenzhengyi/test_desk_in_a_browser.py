"""The officials' side in a real browser: axe on the main pages, and the keyboard."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.city import Filled
from tests.portals.in_a_browser import faults_of, looking

pytestmark = pytest.mark.browser

LOOKS = {"light": {}, "dark-en": {"theme": "dark", "language": "en"}}
PAGES = {
    "operator": ("/e/desk/operator_desk", "/e/list/triage", "/e/search?q=%E9%9B%A8"),
    "clerk": ("/e/list/workbench?view=unit&state=late", "/e/watched", "/e/me"),
    "grid": ("/e/tasks",),
    "admin": ("/e/admin", "/e/admin/organisations", "/e/admin/organisations/new",
              "/e/admin/accounts", "/e/admin/accounts/new", "/e/admin/posts", "/e/admin/roles",
              "/e/admin/roles/clerk", "/e/admin/access", "/e/admin/areas", "/e/admin/calendar",
              "/e/admin/changes", "/e/admin/parked", "/password", "/e/records/duty",
              "/e/records/duty/import"),
}  # fmt: skip


def opened(
    browser: Browser, address: str, filled: Filled, by: str, width: int, look: str = "light"
) -> Page:
    """A page of an official's browser."""
    return looking(browser, address, filled.tokens[by], width, LOOKS[look]).new_page()


@pytest.mark.parametrize("by", list(PAGES))
@pytest.mark.parametrize(("width", "look"), [(390, "light"), (1440, "light"), (1440, "dark-en")])
def test_axe_finds_nothing_and_no_page_scrolls_sideways(
    browser: Browser, address: str, filled: Filled, by: str, width: int, look: str
) -> None:
    page = opened(browser, address, filled, by, width, look)
    found = {}
    for path in PAGES[by]:
        page.goto(f"{address}{path}", wait_until="load")
        wide = page.evaluate("document.documentElement.scrollWidth") > width
        found[path] = [*faults_of(page), *["scrolls sideways"] * wide]
    assert {path: faults for path, faults in found.items() if faults} == {}
    page.context.close()


def test_a_call_is_taken_down_and_sent_by_the_keyboard(
    browser: Browser, address: str, filled: Filled
) -> None:
    page = opened(browser, address, filled, "operator", 1440)
    page.goto(f"{address}/e/desk/operator_desk?telephone=13800000009")
    page.fill("#body", "梅亭路雨水口堵了。一下雨就积水。")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".notice--good")).to_be_visible()
    page.locator(".notice--good a").click()
    expect(page.locator(".case-head__title")).to_have_text("梅亭路雨水口堵了")
    assert faults_of(page) == []
    page.context.close()


def test_what_was_typed_when_the_session_ended_is_there_after_signing_in(
    browser: Browser, address: str, filled: Filled
) -> None:
    page = opened(browser, address, filled, "operator", 1440)
    desk = f"{address}/e/desk/operator_desk?telephone=13800000009&line=2"
    page.goto(desk)
    page.fill("#body", "梅亭路雨水口堵了。一下雨就积水。")
    page.context.clear_cookies(name="pengcheng_session")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".notice--watch")).to_contain_text("登录已经结束，刚才的内容没有提交")
    expect(page.locator("form[action='/sign-in'] [name=to]")).to_have_value(
        desk.removeprefix(address)
    )
    again = looking(browser, address, filled.tokens["operator"], 1440, {})
    page.context.add_cookies(again.cookies())
    again.close()
    page.goto(desk)
    expect(page.locator("#body")).to_have_value("梅亭路雨水口堵了。一下雨就积水。")
    expect(page.locator(".form__told")).to_be_visible()
    page.locator("#body").press("Control+Enter")
    expect(page.locator(".notice--good")).to_be_visible()
    page.goto(desk)
    expect(page.locator("#body")).to_have_value("")
    page.context.close()
