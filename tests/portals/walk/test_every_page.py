"""Every page of the four portals, taken from the table of routes: axe finds nothing, in both
languages, light, dark and large, on a phone and on a desk; nothing scrolls sideways or moves while
it loads, no script breaks, and Chinese on an English page says that it is Chinese.

A new page without parameters is walked by itself; one with parameters fails the first test until
it is given a sample here, so that none is forgotten.
"""

from collections.abc import Iterator, Mapping

import pytest
from litestar import Litestar
from litestar.routes import HTTPRoute
from playwright.sync_api import Browser, BrowserContext, Error, Page

from pengcheng import portals
from tests.portals.in_a_browser import HEIGHT, faults_of
from tests.portals.walk.town import Town

NARROWEST, WIDEST = 320, 2560

# What a browser does not open as a page of its own: parts of pages, streams, files.
NOT_PAGES = {
    "/static/{file_path:path}", "/gallery", "/gallery/{code:str}", "/e/live/{name:str}", "/e/units",
    "/e/desk/{name:str}/caller", "/e/desk/{name:str}/help", "/e/tasks-worker.js",
    "/e/records/{type_name:str}/sheet/{kind:str}", "/e/admin/units",
    "/e/takeover/{kind:str}/sheet/{file:str}",
    *(f"/e/admin/{page}/sheet/{{kind:str}}"
      for page in ("accounts", "areas", "calendar", "organisations", "parked", "posts", "roles")),
}  # fmt: skip

# Who looks at a page without parameters: the longest beginning of its address that is here.
WHO = {
    "/": "guest", "/i": "citizen", "/q": "agent", "/e": "clerk", "/e/admin": "admin",
    "/e/desk": "operator", "/e/tasks": "grid", "/e/processes": "admin", "/e/rules": "auditor",
    "/h": "leader",
}  # fmt: skip

# Route → (who, address); several where a page has several faces.
SAMPLES: Mapping[str, tuple[tuple[str, str], ...]] = {
    "/first-administrator/{secret:str}": (("guest", "/first-administrator/used"),),
    "/i": (("guest", "/i/"), ("citizen", "/i/")),
    "/q": (("guest", "/q/"), ("agent", "/q/")),
    "/i/new/{name:str}": (("guest", "/i/new/demand_form"), ("citizen", "/i/new/demand_form")),
    "/q/new/{name:str}": (("agent", "/q/new/enterprise_demand_form"),),
    "/i/receipt/{kind:str}/{code:str}": (("citizen", "/i/receipt/demand/{waiting}"),),
    "/q/receipt/{kind:str}/{code:str}": (("agent", "/q/receipt/demand/{of_firm}"),),
    "/i/cases/{kind:str}/{code:str}": (
        ("citizen", "/i/cases/demand/{waiting}"), ("citizen", "/i/cases/demand/{to_rate}"),
        ("guest", "/i/cases/demand/{guest}"),
    ),
    "/q/cases/{kind:str}/{code:str}": (("agent", "/q/cases/demand/{of_firm}"),),
    "/i/cases/{kind:str}/{code:str}/{verb:str}": (
        ("citizen", "/i/cases/demand/{waiting}/message"),
        ("citizen", "/i/cases/demand/{to_rate}/rate"),
    ),
    "/q/cases/{kind:str}/{code:str}/{verb:str}": (
        ("agent", "/q/cases/demand/{of_firm}/withdraw"),
    ),
    "/i/public/{kind:str}/{code:str}": (
        ("guest", "/i/public/demand/{public}"), ("citizen", "/i/public/demand/{public}"),
    ),
    "/q/public/{kind:str}/{code:str}": (("agent", "/q/public/demand/{public}"),),
    "/i/mine/{name:str}": (("citizen", "/i/mine/my_demands"),),
    "/q/mine/{name:str}": (("agent", "/q/mine/enterprise_demands"),),
    "/i/near/{name:str}": (("guest", "/i/near/near_demands"),),
    "/q/near/{name:str}": (("agent", "/q/near/near_demands"),),
    "/i/search": (("guest", "/i/search?q=雨水"),),
    "/i/figures": (("guest", "/i/figures"), ("citizen", "/i/figures")),
    "/e/list/{name:str}": (
        ("clerk", "/e/list/workbench?view=unit"), ("operator", "/e/list/triage"),
        ("supervisor", "/e/list/supervision"), ("clerk", "/e/list/workbench?q=nothing"),
    ),
    "/e/list/{name:str}/{key:str}": (
        ("clerk", "/e/list/workbench/{in_hand}?view=unit"),
        ("clerk", "/e/list/workbench/{in_hand}?view=unit&tab=process"),
        ("clerk", "/e/list/workbench/{in_hand}?view=unit&tab=readers&act=transfer"),
        ("operator", "/e/list/triage/{guest}"),
    ),
    "/e/views/{name:str}": (("clerk", "/e/views/workbench?view=unit&state=late"),),
    "/e/case/{kind:str}/{key:str}": (("clerk", "/e/case/demand/{in_hand}"),),
    "/e/desk/{name:str}": (("operator", "/e/desk/operator_desk?telephone=13800000001"),),
    "/e/tasks/{key:str}": (("grid", "/e/tasks/{task}"),),
    "/e/search": (("clerk", "/e/search?q=雨水"),),
    "/e/map/{name:str}": (("clerk", "/e/map/demand_map"), ("supervisor", "/e/map/demand_map")),
    "/e/records/{type_name:str}": (("admin", "/e/records/duty"),),
    "/e/records/{type_name:str}/new": (("admin", "/e/records/duty/new"),),
    "/e/records/{type_name:str}/{key:str}": (("admin", "/e/records/duty/{duty}"),),
    "/e/records/{type_name:str}/import": (("admin", "/e/records/duty/import"),),
    "/e/admin/accounts/{key:str}": (("admin", "/e/admin/accounts/{account}"),),
    "/e/admin/roles/{name:str}": (("admin", "/e/admin/roles/clerk"),),
    "/e/admin/areas/{code:str}": (("admin", "/e/admin/areas/440304000000"),),
    "/e/admin/organisations/{key:str}": (("admin", "/e/admin/organisations/{unit}"),),
    "/e/decisions/{decision:str}": (("dispatcher", "/e/decisions/{decision}?again=1"),),
    "/e/rules/{version:uuid}": (("auditor", "/e/rules/{rule}"),),
    "/e/rules/{version:uuid}/trial": (("admin", "/e/rules/{rule}/trial"),),
    "/e/rules/{version:uuid}/trials/{trial:uuid}": (("admin", "/e/rules/{rule}/trials/{trial}"),),
    "/e/admin/webhooks/{key:str}": (("leader", "/e/admin/webhooks/none"),),
    "/e/upgrades": (("admin", "/e/upgrades"),),
    "/e/takeover/{kind:str}": (("admin", "/e/takeover/demand"),),
    "/e/upgrades/{kind:str}": (("admin", "/e/upgrades/demand"),),
    "/e/upgrades/{kind:str}/{old:int}": (("admin", "/e/upgrades/demand/1"),),
    "/e/processes/{name:str}": (("admin", "/e/processes/demand_handling"),),
    "/e/processes/instances/{key:str}": (("clerk", "/e/processes/instances/{instance}"),),
    "/e/cases/{kind:str}/{key:str}/process": (("clerk", "/e/cases/demand/{in_hand}/process"),),
    "/h": (
        ("leader", "/h/?screen=middle"), ("leader", "/h/?screen=large"),
        ("leader", "/h/?screen=small"), ("leader", "/h/?screen=middle&at=0"),
    ),
    "/h/p/{pack:str}": (("leader", "/h/p/citizen_demands"),),
    "/h/figures/{name:str}": (("leader", "/h/figures/on_time_rate"),),
    "/h/reports": (("leader", "/h/reports"), ("chief", "/h/reports")),
    "/h/reports/{name:str}": (
        ("leader", "/h/reports/daily_report"), ("duty", "/h/reports/weekly_report"),
    ),
    "/e/export/{file:str}": (("chief", "/e/export/workbench?view=unit"),),
    "/h/open/{kind:str}": (("leader", "/h/open/demand?state=late"),),
    "/h/flow/{kind:str}": (("leader", "/h/flow/demand"),),
    "/h/events/{name:str}": (("leader", "/h/events/mass_matter"),),
    "/h/events/{name:str}/{code:str}": (("leader", "/h/events/mass_matter/SJ1"),),
}  # fmt: skip
# Their error page is walked: a used link, a map and figures that the portal does not declare, a
# version that no open case is under, a webhook (which nobody can make without a network; see its
# own tests).
REFUSED = {
    "/first-administrator/{secret:str}", "/q/near/{name:str}", "/q/figures",
    "/e/upgrades/{kind:str}/{old:int}", "/e/admin/webhooks/{key:str}",
}  # fmt: skip

FAST = (("zh", "light", 390),)
# With these each language meets each look and width, and each look each width.
SLOW = (
    ("en", "dark", 1440), ("en", "light", 1440), ("zh", "dark", 390), ("zh", "elder", 1440),
    ("en", "elder", 390),
)  # fmt: skip


def routes() -> list[str]:
    """The address of every GET route of the portals, as the application registers them."""
    app = Litestar(route_handlers=[*portals.handlers(None)], openapi_config=None)  # type: ignore[arg-type]  # no page is built, so no engine is asked
    return sorted(
        route.path
        for route in app.routes
        if isinstance(route, HTTPRoute) and "GET" in route.methods
    )


PAGES = [route for route in routes() if route not in NOT_PAGES]


def samples(route: str) -> tuple[tuple[str, str], ...]:
    """Who opens a page, and at which addresses."""
    begins = [name for name in WHO if route == name or route.startswith(name.rstrip("/") + "/")]
    return SAMPLES.get(route) or ((WHO[max(begins, key=len)], route),)


def test_every_page_with_parameters_has_a_sample() -> None:
    assert [route for route in PAGES if "{" in route and route not in SAMPLES] == []
    assert [route for route in [*SAMPLES, *NOT_PAGES] if route not in routes()] == []


@pytest.fixture(scope="module")
def contexts(browser: Browser, town: Town) -> Iterator[dict[tuple[str, str, str], BrowserContext]]:
    """Browser contexts by (who, language, look), opened as they are needed."""
    made: dict[tuple[str, str, str], BrowserContext] = {}
    yield made
    for context in made.values():
        context.close()


def opened(
    contexts: dict[tuple[str, str, str], BrowserContext], browser: Browser, town: Town,
    who: str, look: tuple[str, str],
) -> BrowserContext:  # fmt: skip
    """The browser of somebody with a language and a look."""
    key = (who, *look)
    if key not in contexts:
        language, theme = look
        context = browser.new_context(reduced_motion="reduce")
        context.add_init_script(COUNTS_SHIFTS)
        cookies = {
            "language": language, "theme": "dark" if theme == "dark" else "light",
            "elder": "1" if theme == "elder" else "0",
            "pengcheng_session": town.tokens.get(who, ""),
            "receipts": f"{town.facts['guest']}.{town.facts['receipt']}" * (who == "guest"),
        }  # fmt: skip
        context.add_cookies(
            [{"name": name, "value": value, "url": town.address}
             for name, value in cookies.items() if value]
        )  # fmt: skip
        contexts[key] = context
    return contexts[key]


def sideways(page: Page, *widths: int) -> list[str]:
    """The widths at which a page scrolls sideways, with what sticks out."""
    found = []
    for width in widths:
        page.set_viewport_size({"width": width, "height": HEIGHT})
        out = page.evaluate(STICKS_OUT, width)
        found += [f"{width} px: {what}" for what in out]
    return found


COUNTS_SHIFTS = """window.shifted = []; new PerformanceObserver(list => {
  for (const {value, sources, hadRecentInput} of list.getEntries()) if (!hadRecentInput)
    window.shifted.push([value, sources.map(({node}) => node?.className || node?.nodeName)]);
}).observe({type: 'layout-shift', buffered: true});"""
SHIFT_MAX = 0.1  # What Core Web Vitals call good.

UNMARKED = r"""() => {
  const found = [], walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const held = walk.currentNode.parentElement;
    if (!/[\u4e00-\u9fff]/.test(walk.currentNode.data)) continue;
    if (held.closest('script, style, svg, option, textarea, [data-island]')) continue;
    if (!held.closest('[lang]').lang.startsWith('zh')) found.push(held.outerHTML.slice(0, 90));
  }
  return found.slice(0, 3);
}"""


def moved(page: Page) -> list[str]:
    """What moved by itself while the page was loading, if it was more than a reader overlooks."""
    shifts = page.evaluate("window.shifted")
    whole = sum(value for value, _ in shifts)
    return [f"moved by {whole:.2f}: {shifts}"] if whole > SHIFT_MAX else []


def breaking(page: Page) -> list[str]:
    """Where scripts break, told as they do."""
    told: list[str] = []

    def keep(fault: Error) -> None:
        told.append(f"script: {fault}")

    page.on("pageerror", keep)
    return told


def unmarked(page: Page, language: str) -> list[str]:
    """Chinese text of an English page that does not say what language it is."""
    if language == "zh":
        return []
    return [f"not marked as Chinese: {held}" for held in page.evaluate(UNMARKED)]


STICKS_OUT = """width => document.documentElement.scrollWidth <= width ? [] :
  [document.documentElement.scrollWidth + ' ' + [...document.querySelectorAll('body *')]
    .filter(e => e.getBoundingClientRect().right > width + 1 && !e.closest('.table-frame'))
    .slice(0, 3).map(e => e.outerHTML.slice(0, 90)).join(' | ')]"""


@pytest.mark.browser
@pytest.mark.parametrize("route", PAGES)
@pytest.mark.parametrize(
    ("language", "look", "width"),
    [*FAST, *(pytest.param(*look, marks=pytest.mark.slow) for look in SLOW)],
)
def test_a_page_has_no_fault_that_axe_finds_and_never_scrolls_sideways(
    contexts: dict[tuple[str, str, str], BrowserContext], browser: Browser, town: Town,
    route: str, language: str, look: str, width: int,
) -> None:  # fmt: skip
    found: dict[str, list[str]] = {}
    for who, address in samples(route):
        context = opened(contexts, browser, town, who, (language, look))
        page = context.new_page()
        broken = breaking(page)
        page.set_viewport_size({"width": width, "height": HEIGHT})
        answer = page.goto(town.address + address.format(**town.facts), wait_until="load")
        assert answer is not None
        assert answer.headers["content-type"].startswith("text/html"), address
        assert answer.status < 400 or route in REFUSED, (address, answer.status)
        other = NARROWEST if width == 390 else WIDEST
        found[f"{who} {address}"] = [
            *moved(page), *unmarked(page, language), *faults_of(page),
            *sideways(page, width, other), *broken,
        ]  # fmt: skip
        page.close()
    assert {address: faults for address, faults in found.items() if faults} == {}


# What is chosen looks no different from what stands beside it: by edge, ground and outline alone.
ALIKE = """() => {
  const seen = one => [one, one.closest('li'), one.querySelector('.step-bar__mark')]
    .filter(Boolean).map(part => {
      const is = getComputedStyle(part);
      return [is.backgroundColor, is.outlineStyle, is.borderLeft, is.borderTop, is.borderBottom];
    }).join();
  return [...document.querySelectorAll('main [aria-current], nav [aria-current]')]
    .filter(one => one.offsetParent !== null)
    .filter(one => {
      const beside = [...one.closest('nav, ol, ul').querySelectorAll('.' + one.classList[0])]
        .find(other => !other.hasAttribute('aria-current'));
      return beside && seen(one) === seen(beside);
    }).map(one => one.outerHTML.slice(0, 90));
}"""
UNSEEN_FOCUS = """() => {
  const one = document.activeElement, held = one.parentElement;
  if (one === document.body) return [];  // Past the last one stands the browser's own frame.
  const ringed = part => getComputedStyle(part).outlineStyle !== 'none';
  const row = one.closest('.list-row') ?? one;
  const seen = [one, row, held, held.parentElement, ...held.children].some(ringed);
  return seen ? [] : [one.outerHTML.slice(0, 90)];
}"""


@pytest.mark.browser
@pytest.mark.parametrize(
    ("who", "address", "width"),
    [
        ("citizen", "/i/", 390), ("agent", "/q/", 1440), ("citizen", "/i/new/demand_form", 390),
        ("citizen", "/i/cases/demand/{waiting}", 390),
        ("clerk", "/e/list/workbench/{in_hand}?view=unit", 1440),
        ("leader", "/h/?screen=middle", 1440),
    ],
)  # fmt: skip
def test_in_forced_colours_what_is_chosen_and_what_has_the_focus_is_seen(
    contexts: dict[tuple[str, str, str], BrowserContext], browser: Browser, town: Town,
    who: str, address: str, width: int,
) -> None:  # fmt: skip
    page = opened(contexts, browser, town, who, ("zh", "light")).new_page()
    page.set_viewport_size({"width": width, "height": HEIGHT})
    page.emulate_media(forced_colors="active")
    page.goto(town.address + address.format(**town.facts), wait_until="load")
    assert page.evaluate(ALIKE) == []
    unseen = []
    for _ in range(15):
        page.keyboard.press("Tab")
        unseen += page.evaluate(UNSEEN_FOCUS)
    assert unseen == []
    page.close()
