"""The command portal in a real browser: seen, measured, live without moving the reader's place."""

import re
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import psycopg
import pytest
import uvicorn
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from pengcheng import city as composition
from tests.city import City, Filled, settings_of

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[3]
AXE = (ROOT / "node_modules" / "axe-core" / "axe.min.js").read_text("utf-8")
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
FLAGS = ["--no-sandbox", "--disable-gpu", "--enable-unsafe-swiftshader"]
LOOKS = {
    "dark": {},
    "light-en": {"theme": "light", "language": "en"},
    "elder": {"elder": "1"},
}
PAGES = ("/h/?screen=middle", "/h/?screen=large", "/h/?screen=small", "/h/?at=9&screen=middle",
         "/h/?area=440304000000&screen=middle", "/h/figures", "/h/figures/on_time_rate",
         "/h/open/demand?state=late", "/h/flow/demand", "/h/events/mass_matter",
         "/h/reports/daily", "/h/reports/weekly")  # fmt: skip
LATER = """update cases set due_at = now() - interval '2 hours' where id in (
    select id from cases where open and replied_at is null and clock = 'running'
      and due_at > now() limit 1)"""


class Served(msgspec.Struct, frozen=True, kw_only=True):
    """A city that listens on loopback, with cases."""

    address: str
    url: str


@pytest.fixture(scope="module")
def served(busy_city: City, filled: Filled) -> Iterator[Served]:
    """A second process's view of the busy city, over a real port."""
    app = composition.web(settings_of(filled.data, busy_city.url))
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning", lifespan="on"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield Served(address=f"http://127.0.0.1:{port}", url=busy_city.url)
    server.should_exit = True
    thread.join(20)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as driver:
        made = driver.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        yield made
        made.close()


def opened(
    browser: Browser, served: Served, filled: Filled, width: int, look: str
) -> BrowserContext:
    """A browser of the city's command leader."""
    context = browser.new_context(viewport={"width": width, "height": 1000}, locale="zh-CN")
    cookies = {"pengcheng_session": filled.tokens["leader"], **LOOKS[look]}
    context.add_cookies(
        [{"name": k, "value": v, "url": served.address} for k, v in cookies.items()]
    )
    return context


def faults_of(page: Page) -> list[str]:
    """What axe finds; it is put in through the debugger, for the policy allows no other way."""
    page.context.new_cdp_session(page).send("Runtime.evaluate", {"expression": AXE})
    found = page.evaluate("tags => axe.run(document, {runOnly: tags})", WCAG)
    return [
        f"{fault['id']}: {node['html'][:140]}"
        for fault in found["violations"]
        for node in fault["nodes"]
    ]


@pytest.mark.parametrize(
    ("look", "width"),
    [("dark", 390), ("light-en", 390), ("dark", 1440), ("elder", 1440), ("light-en", 1920)],
)
def test_axe_finds_nothing_and_no_page_scrolls_sideways(
    browser: Browser, served: Served, filled: Filled, look: str, width: int
) -> None:
    context = opened(browser, served, filled, width, look)
    page = context.new_page()
    said: list[str] = []
    page.on("pageerror", lambda fault: said.append(str(fault)))
    found = {}
    for path in PAGES:
        page.goto(f"{served.address}{path}", wait_until="load")
        expect(page.locator("html")).to_have_class(re.compile("scripted"))
        wide = page.evaluate("document.documentElement.scrollWidth") > width
        found[path] = [*faults_of(page), *["scrolls sideways"] * wide]
    assert {path: faults for path, faults in found.items() if faults} == {}
    assert said == []
    context.close()


def test_new_figures_come_in_while_the_readers_place_stays(
    browser: Browser, served: Served, filled: Filled
) -> None:
    context = opened(browser, served, filled, 1440, "dark")
    page = context.new_page()
    page.clock.install()
    page.goto(f"{served.address}/h/?screen=middle", wait_until="load")
    table = page.locator(".map details")
    table.locator("summary").click()
    link = page.locator(".split-bar a").nth(2)
    link.focus()
    before = link.inner_text()
    scrolled = page.evaluate("() => { window.scrollTo(0, 200); return window.scrollY; }")
    with psycopg.connect(served.url, autocommit=True) as connection:
        connection.execute(LATER.encode())

    page.clock.fast_forward(16_000)

    expect(link).not_to_have_text(before)
    expect(link).to_be_focused()
    expect(table).to_have_attribute("open", "")
    assert page.evaluate("window.scrollY") == scrolled
    context.close()


def test_a_replay_goes_from_hour_to_hour_by_itself(
    browser: Browser, served: Served, filled: Filled
) -> None:
    context = opened(browser, served, filled, 1440, "dark")
    page = context.new_page()
    page.clock.install()
    day = page.evaluate("() => new Date(Date.now() - 864e5).toISOString().slice(0, 10)")
    page.goto(f"{served.address}/h/?screen=middle&day={day}&at=3&play=1", wait_until="load")
    expect(page.locator(".command-header__status")).to_contain_text("截至 3:00")

    page.clock.fast_forward(2_500)
    expect(page.locator(".command-header__status")).to_contain_text("截至 4:00")
    page.clock.fast_forward(2_500)
    expect(page.locator(".command-header__status")).to_contain_text("截至 5:00")
    context.close()


def test_the_map_has_a_table_and_its_areas_are_reached_by_keyboard(
    browser: Browser, served: Served, filled: Filled
) -> None:
    context = opened(browser, served, filled, 1440, "dark")
    page = context.new_page()
    page.goto(f"{served.address}/h/?screen=middle", wait_until="load")

    strip = page.locator(".strip__link").first
    strip.focus()
    page.keyboard.press("Enter")

    expect(page).to_have_url(re.compile("area=4403"))
    expect(page.locator(".map table caption")).to_have_count(1)
    context.close()


def test_a_report_prints_without_navigation(
    browser: Browser, served: Served, filled: Filled
) -> None:
    context = opened(browser, served, filled, 1440, "dark")
    page = context.new_page()
    page.emulate_media(media="print")
    page.goto(f"{served.address}/h/reports/daily", wait_until="load")

    expect(page.locator(".top-nav")).to_be_hidden()
    expect(page.locator("h1")).to_be_visible()
    context.close()
