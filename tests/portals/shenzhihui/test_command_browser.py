"""The command portal in a real browser: seen, measured, live without moving the reader's place."""

import re

import psycopg
import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from tests.city import City, Filled
from tests.portals.in_a_browser import faults_of, looking

pytestmark = pytest.mark.browser

LOOKS = {
    "dark": {},
    "light-en": {"theme": "light", "language": "en"},
    "elder": {"elder": "1"},
}
PAGES = ("/h/?screen=middle", "/h/?screen=large", "/h/?screen=small", "/h/?at=9&screen=middle",
         "/h/?area=440304000000&screen=middle", "/h/figures", "/h/figures/on_time_rate",
         "/h/open/demand?state=late", "/h/flow/demand", "/h/events/mass_matter",
         "/h/reports/daily_report", "/h/reports/weekly_report")  # fmt: skip
LATER = """update cases set due_at = now() - interval '2 hours' where id in (
    select id from cases where open and replied_at is null and clock = 'running'
      and due_at > now() limit 1)"""


def opened(browser: Browser, address: str, filled: Filled, width: int, look: str) -> BrowserContext:
    """A browser of the city's command leader."""
    return looking(browser, address, filled.tokens["leader"], width, LOOKS[look])


@pytest.mark.parametrize(
    ("look", "width"),
    [("dark", 390), ("light-en", 390), ("dark", 1440), ("elder", 1440), ("light-en", 1920)],
)
def test_axe_finds_nothing_and_no_page_scrolls_sideways(
    browser: Browser, address: str, filled: Filled, look: str, width: int
) -> None:
    context = opened(browser, address, filled, width, look)
    page = context.new_page()
    said: list[str] = []
    page.on("pageerror", lambda fault: said.append(str(fault)))
    found = {}
    for path in PAGES:
        page.goto(f"{address}{path}", wait_until="load")
        expect(page.locator("html")).to_have_class(re.compile("scripted"))
        wide = page.evaluate("document.documentElement.scrollWidth") > width
        found[path] = [*faults_of(page), *["scrolls sideways"] * wide]
    assert {path: faults for path, faults in found.items() if faults} == {}
    assert said == []
    context.close()


def test_new_figures_come_in_while_the_readers_place_stays(
    browser: Browser, address: str, filled: Filled, busy_city: City
) -> None:
    context = opened(browser, address, filled, 1440, "dark")
    page = context.new_page()
    page.clock.install()
    page.goto(f"{address}/h/?screen=middle", wait_until="load")
    table = page.locator(".map details")
    table.locator("summary").click()
    link = page.locator(".split-bar a").nth(2)
    link.focus()
    before = link.inner_text()
    scrolled = page.evaluate("() => { window.scrollTo(0, 200); return window.scrollY; }")
    with psycopg.connect(busy_city.url, autocommit=True) as connection:
        connection.execute(LATER.encode())

    page.clock.fast_forward(16_000)

    expect(link).not_to_have_text(before)
    expect(link).to_be_focused()
    expect(table).to_have_attribute("open", "")
    assert page.evaluate("window.scrollY") == scrolled
    context.close()


def test_a_replay_goes_from_hour_to_hour_by_itself(
    browser: Browser, address: str, filled: Filled
) -> None:
    context = opened(browser, address, filled, 1440, "dark")
    page = context.new_page()
    page.clock.install()
    day = page.evaluate("() => new Date(Date.now() - 864e5).toISOString().slice(0, 10)")
    page.goto(f"{address}/h/?screen=middle&day={day}&at=3&play=1", wait_until="load")
    expect(page.locator(".command-header__status")).to_contain_text("截至 3:00")

    page.clock.fast_forward(2_500)
    expect(page.locator(".command-header__status")).to_contain_text("截至 4:00")
    page.clock.fast_forward(2_500)
    expect(page.locator(".command-header__status")).to_contain_text("截至 5:00")
    context.close()


def test_the_map_has_a_table_and_its_areas_are_reached_by_keyboard(
    browser: Browser, address: str, filled: Filled
) -> None:
    context = opened(browser, address, filled, 1440, "dark")
    page = context.new_page()
    page.goto(f"{address}/h/?screen=middle", wait_until="load")

    strip = page.locator(".strip__link").first
    strip.focus()
    page.keyboard.press("Enter")

    expect(page).to_have_url(re.compile("area=4403"))
    expect(page.locator(".map table caption")).to_have_count(1)
    context.close()


def test_a_report_prints_without_navigation(browser: Browser, address: str, filled: Filled) -> None:
    context = opened(browser, address, filled, 1440, "dark")
    page = context.new_page()
    page.emulate_media(media="print")
    page.goto(f"{address}/h/reports/daily_report", wait_until="load")

    expect(page.locator(".top-nav")).to_be_hidden()
    expect(page.locator("h1")).to_be_visible()
    context.close()
