"""The officials' side in a real browser: axe on the main pages, and the keyboard."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, expect, sync_playwright

from pengcheng import city as composition
from pengcheng.ops import postgres
from tests.city import FILLED, Filled, settings_of
from tests.conftest import database

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[3]
AXE = (ROOT / "node_modules" / "axe-core" / "axe.min.js").read_text("utf-8")
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
FLAGS = ["--no-sandbox", "--disable-gpu", "--enable-unsafe-swiftshader"]
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


@pytest.fixture(scope="module")
def address(postgres_server: postgres.Cluster, filled: Filled) -> Iterator[str]:
    """A city that listens on loopback."""
    with database(postgres_server, template=FILLED) as url:
        app = composition.web(settings_of(filled.data, url))
        config = uvicorn.Config(
            app, port=0, log_level="warning", lifespan="on", timeout_graceful_shutdown=1
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.05)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"
        server.should_exit = True
        thread.join(20)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as driver:
        made = driver.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        yield made
        made.close()


def opened(
    browser: Browser, address: str, filled: Filled, by: str, width: int, look: str = "light"
) -> Page:
    """A page of an official's browser."""
    context = browser.new_context(viewport={"width": width, "height": 900}, locale="zh-CN")
    cookies = {"pengcheng_session": filled.tokens[by], **LOOKS[look]}
    context.add_cookies([{"name": k, "value": v, "url": address} for k, v in cookies.items()])
    return context.new_page()


def faults_of(page: Page) -> list[str]:
    """What axe finds; it is put in through the debugger, for the policy allows no other way."""
    page.context.new_cdp_session(page).send("Runtime.evaluate", {"expression": AXE})
    found = page.evaluate("tags => axe.run(document, {runOnly: tags})", WCAG)
    return [
        f"{fault['id']}: {node['html'][:120]}"
        for fault in found["violations"]
        for node in fault["nodes"]
    ]


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
