"""The citizen's and the enterprise's side in a real browser: seen, measured, used by thumb."""

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.city import Filled
from tests.portals.in_a_browser import faults_of, looking

pytestmark = pytest.mark.browser

FIRST_VIEW_BYTES_MAX = 100_000
LOOKS = {
    "light": {},
    "dark-en": {"theme": "dark", "language": "en"},
    "elder": {"elder": "1"},
}
PAGES = ("/i/", "/i/new/demand_form", "/i/mine/my_demands?view=all", "/i/near/near_demands",
         "/i/messages", "/i/me", "/i/lookup", "/i/search?q=%E9%9B%A8", "/i/knowledge",
         "/q/choose")  # fmt: skip
SAID = "梅亭路 3 号门口的雨水口堵了，一下雨就积水。"


def opened(browser: Browser, address: str, filled: Filled, width: int, look: str) -> BrowserContext:
    """A browser of the sample citizen."""
    return looking(browser, address, filled.tokens["citizen"], width, LOOKS[look])


def report(page: Page, address: str) -> str:
    """Three taps and a sentence; the address of the case."""
    page.goto(f"{address}/i/")
    page.locator("main a[href$='/new/demand_form']").first.click()
    page.fill("#body", SAID)
    page.locator(".button--solid:visible").first.click()
    page.locator(".check-answers").wait_for()
    page.locator(".button--solid:visible").first.click()
    expect(page.locator(".receipt__number")).to_be_visible()
    return str(page.locator("main a[href*='/i/cases/']").first.get_attribute("href"))


@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("look", list(LOOKS))
def test_axe_finds_nothing_and_no_page_scrolls_sideways(
    browser: Browser, address: str, filled: Filled, look: str, width: int
) -> None:
    context = opened(browser, address, filled, width, look)
    page = context.new_page()
    said: list[str] = []
    page.on("pageerror", lambda fault: said.append(str(fault)))
    own = report(page, address)
    found = {}
    for path in (*PAGES, own, f"{own}/message", f"{own}/withdraw"):
        page.goto(f"{address}{path}", wait_until="load")
        wide = page.evaluate("document.documentElement.scrollWidth") > width
        found[path] = [*faults_of(page), *["scrolls sideways"] * wide]
    assert {path: faults for path, faults in found.items() if faults} == {}
    assert said == []
    context.close()


def test_a_blocked_drain_is_three_taps_and_a_sentence(
    browser: Browser, address: str, filled: Filled
) -> None:
    context = opened(browser, address, filled, 390, "light")
    page = context.new_page()

    own = report(page, address)

    page.goto(f"{address}{own}")
    expect(page.locator("h1")).to_contain_text("承诺")
    expect(page.locator("main")).to_contain_text(SAID)
    context.close()


def test_what_was_typed_is_kept_on_the_device_until_it_is_sent(
    browser: Browser, address: str, filled: Filled
) -> None:
    context = opened(browser, address, filled, 390, "light")
    page = context.new_page()
    page.goto(f"{address}/i/new/demand_form")
    page.locator("#body").press_sequentially("路灯不亮")
    page.close()

    again = context.new_page()
    again.goto(f"{address}/i/new/demand_form")

    expect(again.locator("#body")).to_have_value("路灯不亮")
    context.close()


def test_hints_come_while_typing(browser: Browser, address: str, filled: Filled) -> None:
    context = opened(browser, address, filled, 390, "light")
    page = context.new_page()
    page.goto(f"{address}/i/new/demand_form")
    page.locator("#body").press_sequentially("门口的雨水口堵了，积水很深", delay=10)

    expect(page.locator("#hints")).to_contain_text("可能属于", timeout=20000)
    context.close()


def test_the_loop_works_without_script(browser: Browser, address: str) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 844})
    page = context.new_page()

    own = report(page, address)
    page.goto(f"{address}{own}/message")
    page.fill("#body", "又积水了")
    page.locator("main .button--solid:visible").first.click()

    expect(page.locator("main")).to_contain_text("又积水了")
    context.close()


def test_the_first_view_is_under_a_hundred_kilobytes(browser: Browser, address: str) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, locale="zh-CN")
    page = context.new_page()
    sizes: list[float] = []
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    session.on("Network.loadingFinished", lambda done: sizes.append(done["encodedDataLength"]))

    page.goto(f"{address}/i/", wait_until="networkidle")

    assert len(sizes) >= 4
    assert sum(sizes) < FIRST_VIEW_BYTES_MAX
    context.close()


def test_a_receipt_prints_without_navigation(
    browser: Browser, address: str, filled: Filled
) -> None:
    context = opened(browser, address, filled, 1440, "light")
    page = context.new_page()
    report(page, address)

    page.emulate_media(media="print")

    expect(page.locator(".receipt")).to_be_visible()
    expect(page.locator(".site-header")).not_to_be_visible()
    context.close()
