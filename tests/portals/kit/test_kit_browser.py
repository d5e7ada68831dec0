"""The kit in a real browser, under the strict policy: seen, measured, used by keyboard."""

import gzip
import http.server
import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from pengcheng.portals.kit import STATIC
from pengcheng.portals.kit.preview import LOOKS
from pengcheng.portals.kit.samples import SAMPLES
from tests.portals.in_a_browser import faults_of

pytestmark = pytest.mark.browser

PAGES = ["gallery", *(sample.code for sample in SAMPLES)]
FIRST_VIEW_BYTES_MAX = 100_000


@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing_and_the_policy_is_kept(
    browser: Browser, address: str, name: str, look: str, width: int
) -> None:
    context = browser.new_context(viewport={"width": width, "height": 900}, has_touch=width < 700)
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.extend([message.text] * (message.type == "error")))
    page.on("pageerror", lambda fault: said.append(str(fault)))
    page.goto(f"{address}/{name}-{look}.html", wait_until="load")
    expect(page.locator("html")).to_have_class(re.compile("scripted"))
    assert (faults_of(page), said) == ([], [])
    context.close()


@pytest.mark.parametrize("width", [320, 390, 768, 1024, 1280, 1920, 2560])
@pytest.mark.parametrize("look", ["light", "elder", "en"])
def test_no_page_scrolls_sideways(browser: Browser, address: str, look: str, width: int) -> None:
    context = browser.new_context(viewport={"width": width, "height": 900})
    page = context.new_page()
    wide = {}
    for name in PAGES:
        page.goto(f"{address}/{name}-{look}.html", wait_until="load")
        wide[name] = page.evaluate("document.documentElement.scrollWidth")
    assert {name: found for name, found in wide.items() if found > width} == {}
    context.close()


def test_the_first_view_of_a_phone_is_under_a_hundred_kilobytes(
    browser: Browser, address: str, server: http.server.ThreadingHTTPServer
) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844})
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{address}/i-home-light.html", wait_until="networkidle")
    folder: Path = server.folder  # type: ignore[attr-defined]  # ours
    sizes = [
        len(gzip.compress((folder / url.removeprefix(f"{address}/")).read_bytes())) for url in asked
    ]
    assert sum(sizes) < FIRST_VIEW_BYTES_MAX
    assert [url for url in asked if "map" in url or "chart" in url] == []
    context.close()


@pytest.mark.parametrize("width", [390])
def test_targets_of_a_thumb_are_forty_four_pixels(
    browser: Browser, address: str, width: int
) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": 844}, has_touch=True, is_mobile=True
    )
    page = context.new_page()
    small = {}
    for name in ("i-home", "i-demand", "i-report"):
        page.goto(f"{address}/{name}-light.html")
        small[name] = page.evaluate(
            """() => [...document.querySelectorAll(
              "button, .button, .tab-bar a, summary, .tile, .select, input.control")]
            .filter((one) => one.offsetParent && one.getBoundingClientRect().height < 43.5)
            .map((one) => one.className + " " + one.getBoundingClientRect().height)"""
        )
    assert {name: found for name, found in small.items() if found} == {}
    context.close()


def test_a_list_is_worked_by_keys(page: Page, address: str) -> None:
    page.goto(f"{address}/e-workbench-light.html")
    page.keyboard.press("j")
    expect(page.locator(".task-row:nth-child(6) a")).to_be_focused()
    page.keyboard.press("k")
    expect(page.locator(".task-row:nth-child(5) a")).to_be_focused()
    page.keyboard.press("/")
    expect(page.locator("[data-search]:visible")).to_be_focused()
    page.keyboard.type("j?")
    expect(page.locator("[data-search]:visible")).to_have_value("j?")
    page.locator("h1").click()
    page.keyboard.press("?")
    expect(page.locator("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("dialog")).not_to_be_visible()


def test_ctrl_enter_sends_what_is_being_written(page: Page, address: str) -> None:
    page.goto(f"{address}/e-workbench-light.html")
    page.locator("#reply").click()
    with page.expect_navigation() as gone:
        page.keyboard.press("Control+Enter")
    # Chromium never answers who closes a page that is on its way to another by POST.
    sent = gone.value.request
    assert sent.method == "POST"
    assert "others=1" in (sent.post_data or "")


@pytest.mark.parametrize(("scheme", "ground"), [("dark", "14, 22, 32"), ("light", "245, 247, 250")])
def test_a_page_that_follows_the_system_follows_it(
    browser: Browser, address: str, server: Any, scheme: str, ground: str
) -> None:
    html = (server.folder / "i-home-light.html").read_text("utf-8")
    auto = html.replace('data-theme="light"', 'data-theme="auto"')
    (server.folder / "auto.html").write_text(auto, "utf-8")
    context = browser.new_context(color_scheme=scheme)  # type: ignore[arg-type]  # one of the two
    page = context.new_page()
    page.goto(f"{address}/auto.html")
    expect(page.locator("body")).to_have_css("background-color", f"rgb({ground})")
    context.close()


def test_what_htmx_could_not_do_is_said(page: Page, address: str) -> None:
    page.goto(f"{address}/i-home-light.html")
    page.evaluate(
        "htmx.ajax('GET', '/no-such-place', '#toasts').catch(() => 0);"
        "document.dispatchEvent(new CustomEvent('htmx:sendError'))"
    )
    expect(page.locator(".toast__text")).to_contain_text("现在没有网络")


def test_a_menu_closes_on_escape_and_gives_the_focus_back(page: Page, address: str) -> None:
    page.goto(f"{address}/q-home-light.html")
    summary = page.locator(".enterprise summary").first
    summary.click()
    page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    expect(summary).to_be_focused()
    expect(page.locator(".enterprise .menu__sheet")).not_to_be_visible()


def test_the_summary_of_faults_has_the_focus_and_leads_to_the_field(
    page: Page, address: str
) -> None:
    page.goto(f"{address}/i-report-light.html")
    expect(page.locator(".error-summary")).to_be_focused()
    page.locator(".error-summary a").click()
    expect(page.locator("#body")).to_be_focused()
    expect(page.locator("#body")).to_have_attribute("aria-describedby", "body-fault body-hint")


def test_the_counter_counts_characters_as_a_person_does(page: Page, address: str) -> None:
    page.goto(f"{address}/i-report-light.html")
    page.locator("#body").fill("雨水口堵了😀")
    expect(page.locator(".textarea__count").first).to_have_text("还可以写 994 字")


def test_photos_add_up_are_shown_and_can_be_taken_away(
    page: Page, address: str, tmp_path: Path
) -> None:
    dot = bytes.fromhex("47494638396101000100800000000000ffffff2c00000000010001000002024401003b")
    (tmp_path / "a.gif").write_bytes(dot)
    (tmp_path / "b.gif").write_bytes(dot)
    page.goto(f"{address}/i-report-light.html")
    page.set_input_files("#photos", tmp_path / "a.gif")
    page.set_input_files("#photos", tmp_path / "b.gif")
    expect(page.locator(".upload__item img")).to_have_count(2)
    page.locator(".upload__remove").first.click()
    assert page.evaluate(
        "[...document.getElementById('photos').files].map((file) => file.name)"
    ) == ["b.gif"]


def test_what_was_typed_is_there_after_the_tab_was_closed(
    desk: BrowserContext, address: str
) -> None:
    first = desk.new_page()
    first.goto(f"{address}/gallery-light.html")
    first.evaluate("localStorage.setItem('pengcheng.draft.x', '{}')")
    form = "form[data-draft]"
    first.goto(f"{address}/i-report-light.html")
    first.locator("#body").fill("安宁路的雨水口堵了")
    kept = json.loads(first.evaluate("localStorage.getItem('pengcheng.draft.demand')"))
    assert kept["values"]["body"] == "安宁路的雨水口堵了"
    first.close()
    again = desk.new_page()
    again.route("**/i-report-light.html", lambda route: route.fulfill(
        body=(route.fetch().text()).replace('aria-invalid="true"', ""), content_type="text/html"
    ))  # fmt: skip
    again.goto(f"{address}/i-report-light.html")
    expect(again.locator("#body")).to_have_value("安宁路的雨水口堵了")
    expect(again.locator(f"{form} .form__told")).to_contain_text("上次没写完的内容还在这里")
    again.locator(".form__told button").click()
    expect(again.locator("#body")).to_have_value("")


def test_a_form_waits_without_a_network_and_is_sent_once_when_it_is_back(
    desk: BrowserContext, address: str, server: http.server.ThreadingHTTPServer
) -> None:
    folder: Path = server.folder  # type: ignore[attr-defined]  # ours
    html = (folder / "i-report-light.html").read_text("utf-8")
    (folder / "field.html").write_text(
        html.replace(
            'data-draft="demand"',
            'data-offline="tasks" data-offline-kept="存下了" data-offline-sent="送出了"',
        ),
        "utf-8",
    )
    posted: list[tuple[str | None, bytes]] = server.posted  # type: ignore[attr-defined]  # ours
    posted.clear()
    page = desk.new_page()
    page.goto(f"{address}/field.html")
    page.locator("#body").fill("照片前后都拍了")
    desk.set_offline(True)
    page.locator(".buttons .button--solid").click()
    expect(page.locator(".toast")).to_have_text("存下了")
    assert posted == []
    desk.set_offline(False)
    expect(page.locator(".toast").last).to_have_text("送出了")
    assert len(posted) == 1
    assert posted[0][0] is not None
    assert "照片前后都拍了".encode() in posted[0][1]


def test_new_work_is_counted_once_and_the_page_does_not_move(
    desk: BrowserContext, address: str, server: http.server.ThreadingHTTPServer
) -> None:
    folder: Path = server.folder  # type: ignore[attr-defined]  # ours
    html = (folder / "e-workbench-light.html").read_text("utf-8")
    live = (
        '<a class="live-count" href="#" data-live="/none" data-live-event="message"'
        ' data-live-one="{n} 件新到" data-live-many="{n} 件新到" hidden>'
        '<span class="live-count__text" role="status"></span></a>'
    )
    (folder / "live.html").write_text(
        html.replace('<div class="list-head__end">', live, 1), "utf-8"
    )
    page = desk.new_page()
    page.goto(f"{address}/live.html")
    expect(page.locator(".live-count__text")).to_have_text("2 件新到")
    assert page.evaluate("[scrollX, scrollY]") == [0, 0]


def test_the_map_is_drawn_with_its_pin_and_its_plates(page: Page, address: str) -> None:
    page.goto(f"{address}/h-main-dark.html")
    canvas = page.locator(".map__canvas")
    expect(canvas).to_have_attribute("data-idle", "1", timeout=30000)
    expect(page.locator(".map-plate")).to_have_count(2)
    seen = Image.open(io.BytesIO(canvas.screenshot())).convert("RGB").getcolors(maxcolors=2**24)
    assert seen is not None
    colours = [(count, tuple(colour)) for count, colour in seen if isinstance(colour, tuple)]
    strongest = sum(count for count, colour in colours if colour[2] > 160 and colour[0] < 80)
    # The darkest of three areas fills about a tenth of the map; without the worker it fills none.
    assert strongest > 0.03 * sum(count for count, _ in colours)
    page.goto(f"{address}/i-demand-light.html")
    page.locator(".map").scroll_into_view_if_needed()
    expect(page.locator(".map-pin")).to_be_visible(timeout=20000)


def test_names_of_the_tiles_are_drawn_with_the_reader_s_own_faces(page: Page, address: str) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{address}/gallery-light.html")
    canvas = page.locator(".map__canvas").first
    canvas.scroll_into_view_if_needed()
    expect(canvas).to_have_attribute("data-idle", "1", timeout=30000)
    over = ".maplibregl-ctrl, .map-point"
    canvas.evaluate("(map, over) => map.querySelectorAll(over).forEach((it) => it.remove())", over)
    seen = Image.open(io.BytesIO(canvas.screenshot())).convert("L").histogram()
    assert sum(seen[:110]) > 100, "no dark ink of a name on the light ground"
    assert [url for url in asked if not url.startswith(address)] == []


def test_the_charts_are_drawn_and_their_tables_say_the_same(page: Page, address: str) -> None:
    page.goto(f"{address}/h-main-light.html")
    expect(page.locator(".chart__canvas canvas")).to_have_count(2, timeout=20000)
    page.locator(".chart__table summary").first.click()
    expect(page.locator(".chart__table tbody tr").first).to_contain_text("98.3")


def test_every_page_serves_without_script(browser: Browser, address: str) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.goto(f"{address}/i-report-light.html")
    expect(page.locator("#body")).to_be_visible()
    expect(page.locator("#photos")).to_be_visible()
    expect(page.locator("#voice")).to_be_visible()
    expect(page.locator("#place_address")).to_be_visible()
    expect(page.locator("[data-picker-here]")).not_to_be_visible()
    expect(page.locator(".picker .map")).not_to_be_visible()
    page.goto(f"{address}/h-main-light.html")
    page.locator(".chart__table").first.scroll_into_view_if_needed()
    expect(page.locator(".chart__canvas").first).not_to_be_visible()
    context.close()


COUNTS_SHIFTS = """window.moved = 0; new PerformanceObserver(list => {
  for (const one of list.getEntries()) window.moved += one.value;
}).observe({type: 'layout-shift', buffered: true});"""
PAINTED = """new Promise(done =>
  new PerformanceObserver(() => done()).observe({type: 'paint', buffered: true}))"""
TWO_FRAMES = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"


def test_a_form_that_is_painted_before_its_scripts_come_stays_where_it_is(
    page: Page, address: str
) -> None:
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.set_viewport_size({"width": 390, "height": 844})
    page.add_init_script(COUNTS_SHIFTS)
    page.route("**/kit.*.js", hold)
    page.goto(f"{address}/i-report-light.html", wait_until="commit")
    page.evaluate(PAINTED)
    expect(page.locator("[data-voice-start]")).to_be_visible()
    held[0].continue_()
    expect(page.locator("#voice")).to_have_attribute("aria-hidden", "true")
    page.evaluate(TWO_FRAMES)
    assert page.evaluate("window.moved") < 0.02


def test_a_page_whose_scripts_do_not_come_is_the_one_that_needs_none(
    page: Page, address: str
) -> None:
    page.route("**/kit.*.js", lambda route: route.abort())
    page.goto(f"{address}/i-report-light.html", wait_until="load")
    expect(page.locator("[data-voice-start]")).not_to_be_visible()
    expect(page.locator(".upload__button").first).not_to_be_visible()
    assert page.evaluate("document.querySelector('#voice').offsetWidth") > 300
    page.goto(f"{address}/h-main-light.html", wait_until="load")
    expect(page.locator(".chart__canvas").first).not_to_be_visible()
    expect(page.locator(".map__canvas").first).not_to_be_visible()


def test_on_a_phone_a_line_of_many_columns_stands_from_top_to_bottom_with_their_names(
    page: Page, address: str
) -> None:
    page.goto(f"{address}/gallery-light.html")
    table = page.locator(".table-frame--stacks").first
    expect(table.locator("thead")).to_be_visible()
    page.set_viewport_size({"width": 390, "height": 844})
    expect(table.locator("thead")).not_to_be_visible()
    cell = table.locator("td").first
    named = "cell => getComputedStyle(cell, '::before').content"
    assert (cell.evaluate(named), cell.inner_text()) == ('"岗位"', "福田区水务局经办员")
    assert table.evaluate("frame => frame.scrollWidth <= frame.clientWidth")
    expect(table.locator("tr").last.locator("td").nth(1)).not_to_be_visible()
    page.emulate_media(media="print")
    expect(table.locator("thead")).to_be_visible()


def test_a_receipt_prints_without_navigation(page: Page, address: str) -> None:
    page.goto(f"{address}/i-demand-light.html")
    page.emulate_media(media="print")
    expect(page.locator(".site-header")).not_to_be_visible()
    expect(page.locator(".action-bar")).not_to_be_visible()
    expect(page.locator(".status-sentence")).to_be_visible()


def test_the_built_files_are_those_that_the_pages_ask_for(page: Page, address: str) -> None:
    missing: list[str] = []
    page.on("response", lambda answer: missing.extend([answer.url] * (answer.status >= 400)))
    page.goto(f"{address}/h-main-dark.html", wait_until="networkidle")
    assert missing == []
    assert (STATIC / "manifest.json").exists()
