"""What decides the first impression: how little i深圳 weighs, how few taps a demand takes, that a
finger can do on a phone what a button does, and the keyboard what a mouse does."""

from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.portals.walk.town import Town

pytestmark = pytest.mark.browser

FIRST_VIEW_BYTES_MAX = 100_000
SAID = "梅亭路 3 号门口的雨水口堵了，一下雨就积水。"


def phone(browser: Browser, town: Town, who: str = "") -> BrowserContext:
    """A phone with nothing in its cache."""
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, locale="zh-CN", has_touch=True, is_mobile=True
    )
    if who:
        value = town.tokens[who]
        context.add_cookies([{"name": "pengcheng_session", "value": value, "url": town.address}])
    return context


def test_the_first_view_weighs_less_than_100_kb(browser: Browser, town: Town) -> None:
    context = phone(browser, town)
    page, sent = context.new_page(), [0.0]

    def count(event: dict[str, Any]) -> None:
        sent[0] += event["encodedDataLength"]

    wire = context.new_cdp_session(page)
    wire.send("Network.enable")
    wire.on("Network.loadingFinished", count)
    page.goto(f"{town.address}/i/", wait_until="networkidle")

    assert 5_000 < sent[0] < FIRST_VIEW_BYTES_MAX, sent
    context.close()


def test_a_guest_reports_a_blocked_drain_with_three_taps_and_a_sentence(
    browser: Browser, town: Town
) -> None:
    context = phone(browser, town)
    page = context.new_page()
    page.goto(f"{town.address}/i/")

    page.locator(".code-card__button").tap()
    page.locator("textarea").first.fill(SAID)
    page.locator(".button--solid:visible").tap()
    page.locator(".check-answers").wait_for()
    page.locator(".button--solid:visible").tap()

    expect(page.locator(".receipt__number")).to_contain_text("SQ")
    expect(page.locator("[data-print]")).to_be_visible()
    context.close()


def test_a_receipt_prints_on_a4_without_what_leads_elsewhere(browser: Browser, town: Town) -> None:
    context = phone(browser, town, "citizen")
    page = context.new_page()
    page.goto(f"{town.address}/i/receipt/demand/{town.facts['waiting']}")
    page.emulate_media(media="print")

    expect(page.locator(".receipt__number")).to_be_visible()
    for hidden in (".site-header", ".tab-bar", ".buttons"):
        expect(page.locator(hidden).first).to_be_hidden()
    context.close()


SWIPE = """([card, far]) => {
  const at = card.getBoundingClientRect();
  const touch = x => new Touch(
    {identifier: 1, target: card, clientX: at.left + x, clientY: at.top + 20});
  const tell = (kind, x) => card.dispatchEvent(new TouchEvent(kind, {
    bubbles: true, touches: kind === 'touchend' ? [] : [touch(x)], changedTouches: [touch(x)]}));
  tell('touchstart', 20); tell('touchmove', 20 + far / 2); tell('touchmove', 20 + far);
  tell('touchend', 20 + far);
}"""


def swiped(page: Page, far: int) -> None:
    """A finger pushes the first card so far to the right."""
    card = page.locator("[data-swipe]").first
    page.evaluate(SWIPE, [card.element_handle(), far])


def test_a_card_is_swiped_to_take_its_task_and_a_short_push_changes_nothing(
    browser: Browser, town: Town
) -> None:
    context = phone(browser, town, "grid")
    page = context.new_page()
    page.goto(f"{town.address}/e/tasks")
    swiped(page, 60)
    page.wait_for_timeout(300)
    assert page.url.endswith("/e/tasks")

    swiped(page, 160)
    page.wait_for_url("**/e/tasks/*-*")
    expect(page.locator("#finish-form")).to_be_visible()
    context.close()


def test_areas_of_the_command_map_are_reached_by_the_keyboard(browser: Browser, town: Town) -> None:
    context = browser.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
    value = town.tokens["leader"]
    context.add_cookies([{"name": "pengcheng_session", "value": value, "url": town.address}])
    page = context.new_page()
    page.goto(f"{town.address}/h/?screen=middle")
    page.locator("#map-main-data ~ *, .map__canvas[data-drawn]").first.wait_for()
    area = page.locator(".map-area").first
    area.wait_for(state="attached")
    area.focus()

    box, frame = area.bounding_box(), page.locator(".map__canvas").first.bounding_box()
    assert box is not None
    assert frame is not None
    assert frame["x"] < box["x"] < frame["x"] + frame["width"]
    page.keyboard.press("Enter")
    page.wait_for_url("**area=*")
    context.close()
