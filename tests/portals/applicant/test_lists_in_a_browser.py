"""Lists and tables in a real browser: with and without script, by thumb and by keys."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.city import City, Filled, served
from tests.home_aids import install
from tests.portals.in_a_browser import faults_of, looking

pytestmark = pytest.mark.browser

LOOKS = {"light": {}, "dark-en": {"theme": "dark", "language": "en"}, "elder": {"elder": "1"}}
FORM = "/i/new/aid_form"


@pytest.fixture(scope="module")
def address(city: City, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where a city with the pack of the guide listens."""
    with served(install(city, tmp_path_factory.mktemp("home_aids"))) as found:
        yield found


def fill(page: Page, row: int, what: str, count: str, price: str) -> None:
    for column, text in (("what", what), ("count", count), ("price", price)):
        page.fill(f"[name='items.{row}.{column}']", text)


def add_a_row(page: Page) -> None:
    page.locator("[value='items:add']").click()


def faulty(page: Page, width: int) -> list[str]:
    wide = page.evaluate("document.documentElement.scrollWidth") > width
    return [*faults_of(page), *["scrolls sideways"] * wide]


@pytest.mark.parametrize(
    ("look", "width"), [("light", 390), ("light", 1440), ("dark-en", 1440), ("elder", 390)]
)
def test_rows_are_added_in_place_and_every_page_of_them_is_whole(
    browser: Browser, address: str, filled: Filled, look: str, width: int
) -> None:
    context = looking(browser, address, filled.tokens["citizen"], width, LOOKS[look])
    page = context.new_page()
    page.goto(f"{address}{FORM}")
    page.fill("[name='home']", "示例一号")
    page.check("[value='rail']")
    fill(page, 0, "扶手", "2", "80.5")
    add_a_row(page)
    expect(page.locator("[name='items.1.what']")).to_be_focused()
    fill(page, 1, "坡道", "0", "900")
    found = {"form": faulty(page, width)}
    page.locator(".button--solid:visible").first.click()
    expect(page.locator("[id='items.1.count-fault']")).to_be_visible()
    found["faults"] = faulty(page, width)
    page.fill("[name='items.1.count']", "1")
    page.locator(".button--solid:visible").first.click()
    expect(page.locator(".check-answers")).to_contain_text("1061")
    found["check"] = faulty(page, width)
    page.locator(".button--solid:visible").first.click()
    page.wait_for_url("**/i/receipt/**")
    page.goto(page.url.replace("/receipt/", "/cases/"))
    page.eval_on_selector_all("details", "all => all.forEach((one) => { one.open = true; })")
    expect(page.locator(".line-items")).to_contain_text("坡道")
    found["case"] = faulty(page, width)
    assert {name: faults for name, faults in found.items() if faults} == {}
    context.close()


def test_rows_come_and_go_without_script(browser: Browser, address: str, filled: Filled) -> None:
    context = browser.new_context(java_script_enabled=False, locale="zh-CN")
    context.add_cookies(
        [{"name": "pengcheng_session", "value": filled.tokens["citizen"], "url": address}]
    )
    page = context.new_page()
    page.goto(f"{address}{FORM}")
    page.fill("[name='home']", "示例一号")
    fill(page, 0, "扶手", "2", "80.5")
    add_a_row(page)
    fill(page, 1, "坡道", "1", "900")
    page.locator("[value='items:remove:0']").click()
    expect(page.locator("[name='items.0.what']")).to_have_value("坡道")
    expect(page.locator("[name='home']")).to_have_value("示例一号")
    expect(page.locator("[name='items.1.what']")).to_have_count(0)
    context.close()


def test_enter_in_a_cell_sends_the_form_and_removes_nothing(
    browser: Browser, address: str, filled: Filled
) -> None:
    context = looking(browser, address, filled.tokens["citizen"], 1440, {})
    page = context.new_page()
    page.goto(f"{address}{FORM}")
    page.fill("[name='home']", "示例一号")
    page.check("[value='rail']")
    fill(page, 0, "扶手", "2", "80.5")
    page.press("[name='items.0.price']", "Enter")
    expect(page.locator(".check-answers")).to_contain_text("扶手")
    context.close()


@pytest.mark.parametrize("width", [390, 1440])
def test_a_record_with_lists_is_whole_on_each_screen(
    browser: Browser, address: str, filled: Filled, width: int
) -> None:
    context = looking(browser, address, filled.tokens["clerk"], width, {})
    page = context.new_page()
    page.goto(f"{address}/e/records/home/new")
    page.fill("[name='title']", f"示例 {width}")
    page.check("[value='rail']")
    page.fill("[name='people.0.who']", "示例甲")
    page.select_option("[name='people.0.tie']", "head")
    add = page.locator("[value='people:add']")
    add.click()
    expect(page.locator("[name='people.1.who']")).to_be_focused()
    found = {"form": faulty(page, width)}
    page.locator("form.form .button--solid").click()
    expect(page.locator(".chips").first).to_be_visible()
    found["list"] = faulty(page, width)
    page.get_by_text(f"示例 {width}").click()
    found["record"] = faulty(page, width)
    assert {name: faults for name, faults in found.items() if faults} == {}
    context.close()
