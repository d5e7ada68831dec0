"""Chromium as the browser tests of the portals use it: who looks, how, and what axe finds."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

AXE = (Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js").read_text("utf-8")
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--enable-unsafe-swiftshader",
]  # fmt: skip
HEIGHT = 900


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser, for as long as the block lasts."""
    with sync_playwright() as driver:
        made = driver.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        yield made
        made.close()


def looking(
    browser: Browser, address: str, token: str, width: int, look: Mapping[str, str]
) -> BrowserContext:
    """The browser of somebody who is signed in; `look` as the cookies of preferences have it."""
    context = browser.new_context(viewport={"width": width, "height": HEIGHT}, locale="zh-CN")
    cookies = {"pengcheng_session": token, **look}
    context.add_cookies([{"name": k, "value": v, "url": address} for k, v in cookies.items()])
    return context


def faults_of(page: Page) -> list[str]:
    """What axe finds; it is put in through the debugger, for the policy allows no other way."""
    page.context.new_cdp_session(page).send("Runtime.evaluate", {"expression": AXE})
    found = page.evaluate("tags => axe.run(document, {runOnly: tags})", WCAG)
    return [
        f"{fault['id']}: {node['html'][:160]}"
        for fault in found["violations"]
        for node in fault["nodes"]
    ]
