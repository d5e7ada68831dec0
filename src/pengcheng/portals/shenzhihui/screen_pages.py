"""The command screen: one map, at most six questions around it; middle, large and small."""

import asyncio
from collections.abc import Sequence
from typing import Any

from litestar import Response, get

from pengcheng.edge.asking import AnyRequest, services_of
from pengcheng.engines.cases import CaseQuery, Standing, Standings
from pengcheng.engines.indicators import Figure
from pengcheng.kernel.authz import Actor
from pengcheng.kernel.errors import Absent
from pengcheng.kernel.indicators import Indicator
from pengcheng.portals.pages import is_telephone, render
from pengcheng.portals.shenzhihui import mapping
from pengcheng.portals.shenzhihui.asked import HOURS, SCREENS, Asked, asked_of
from pengcheng.portals.shenzhihui.blocks import Blocks
from pengcheng.portals.shenzhihui.brief import brief_of
from pengcheng.portals.shenzhihui.drilling import link
from pengcheng.portals.shenzhihui.measuring import Measured, Measuring
from pengcheng.portals.shenzhihui.names import Names, clock_of, count_text
from pengcheng.portals.shenzhihui.seeing import (
    BLOCKS_MAX,
    HOME,
    case_kinds,
    case_scope,
    commander,
    figure_scope,
    frame_of,
    screens,
)

LIVE_SECONDS, REPLAY_SECONDS = 15, 2
STATES = ("good", "watch", "late", "suspended", "answered")
SHADES = {"good": "good", "watch": "watch", "late": "late", "suspended": "paused",
          "answered": "done"}  # fmt: skip
Values = dict[str, Any]


@get(HOME)
async def whole_city(request: AnyRequest) -> Response[str]:
    """The whole city, or what of it the reader commands."""
    return await _screen(request, pack="", current="city")


@get("/h/p/{pack:str}")
async def of_pack(request: AnyRequest, pack: str) -> Response[str]:
    """The questions of one application."""
    if pack not in services_of(request).registry.packs:
        raise Absent("request.no_such_page")
    return await _screen(request, pack=pack, current=f"pack.{pack}")


async def _screen(request: AnyRequest, *, pack: str, current: str) -> Response[str]:
    services, actor = services_of(request), commander(request)
    asked, names = asked_of(request), Names(services, actor.language)
    frame = frame_of(request, names, current)
    measuring = Measuring(services, figure_scope(request, actor), asked, names)
    maps = screens(services.registry, actor, "map", pack)
    cards = screens(services.registry, actor, "card", pack)
    kinds = case_kinds(services.registry, [*maps, *cards])
    if not kinds and not any(card.options.get("indicator") for card in cards):
        raise Absent("request.no_such_page")
    standings = await standings_of(request, actor, measuring, kinds)
    usual = "small" if is_telephone(request) else "middle"  # a telephone begins with the brief
    screen = asked.option("screen", SCREENS, usual)
    if screen == "small":
        brief = await brief_of(request, actor, measuring, cards, standings)
        values = brief | {"screen": "small", "asked": asked, "views": _views(asked, names)}
        return render(request, "shenzhihui/small.html", frame, values)
    blocks, centre = await asyncio.gather(
        Blocks(request, actor, measuring, standings).of(cards[:BLOCKS_MAX]),
        _centre(request, actor, measuring, kinds[0], standings[kinds[0]])
        if kinds else _no_cases(measuring, pack),
    )  # fmt: skip
    half = (len(blocks) + 1) // 2
    values = {"figures": []} | centre | _frame_values(measuring) | {
        "screen": screen, "left": blocks[:half], "right": blocks[half:], "more": len(cards) > half,
        "views": _views(asked, names),
    }  # fmt: skip
    return render(request, "shenzhihui/screen.html", frame, values)


async def _no_cases(measuring: Measuring, pack: str) -> Values:
    """The centre of a pack whose figures are of records: its name, and the way to every figure."""
    names, registry = measuring.names, measuring.services.registry
    label = registry.packs[pack].label if pack else None
    name = label.in_(names.language) if label else ""
    shown = [one for one in registry.indicators.values() if pack in {"", one.pack}]
    measured = await measuring.measure_all(shown)
    rows = [
        [
            link(one.declared.label.in_(names.language),
                 measuring.asked.address(f"/h/figures/{one.declared.name}", screen=None)),
            f"{names.value(one.declared, one.now.value)} {names.measure(one.declared)}".strip(),
            names.say(f"h.met.{one.state}") if one.state else "",
        ]
        for one in measured.values()
    ]  # fmt: skip
    return {
        "figures": rows,
        "figure_columns": [{"text": names.say(f"h.column.{head}")}
                           for head in ("figure", "value", "state")],
        "heading": names.say("h.record.wall", name=name), "map": None, "narrowed": "",
        "levels": [], "layers": [], "standing": [], "hours": None,
    }  # fmt: skip


async def standings_of(
    request: AnyRequest, actor: Actor, measuring: Measuring, kinds: Sequence[str]
) -> dict[str, Standings]:
    """How the open cases of each kind stand, as the view is narrowed."""
    services, narrowed = services_of(request), measuring.narrowed()
    made = await asyncio.gather(
        *(
            services.overseeing.standings(
                case_scope(request, actor, kind),
                CaseQuery(kind=kind, **narrowed),
                at=measuring.asked.moment,
            )
            for kind in kinds
        )
    )
    return dict(zip(kinds, made, strict=True))


def counted_of(indicators: dict[str, Indicator], kind: str) -> Indicator | None:
    """The indicator that counts the arrivals of a kind."""
    return next(
        (i for i in indicators.values() if i.of == kind and i.measure == "count"), None
    )  # fmt: skip


async def _centre(
    request: AnyRequest, actor: Actor, measuring: Measuring, kind: str,
    standings: Standings,
) -> Values:  # fmt: skip
    services, asked, names = measuring.services, measuring.asked, measuring.names
    is_live = asked.moment is None
    layer = asked.option("layer", mapping.LAYERS, "open")
    counted = counted_of(dict(services.registry.indicators), kind)
    new: list[Figure] = []
    arrivals: Measured | None = None
    if counted is not None:
        new, arrivals = await asyncio.gather(
            measuring.by(counted, "area"), measuring.measure(counted)
        )
    scope = case_scope(request, actor, kind)
    areas = mapping.shown_areas(services, scope, asked)
    cells = mapping.cells(areas, standings, new, asked, kind, layer)
    query = CaseQuery(kind=kind, state="late", **measuring.narrowed())
    late = await services.cases.points(scope, query, limit=40) if is_live else []
    made = mapping.mapped(
        cells, kind=kind, layer=layer, asked=asked, names=names, plates=_spread(late),
        total=standings.all, new=arrivals.now.numerator if arrivals else 0, clock=services.clock,
    )  # fmt: skip
    return {
        "map": made,
        "heading": names.say("h.where" if is_live else "h.where_then"),
        "layers": _layers(asked, names),
        "layer": layer,
        "levels": [] if _is_one_district(cells, asked) else _levels(asked, names),
        "level": asked.option("level", ("district", "sub_district"), "district"),
        "standing": _standing(standings.all, kind, asked, names),
        "then": "" if is_live else names.say("h.then"),
        "open_total": count_text(standings.all.open),
        "hours": measuring.hourly(arrivals) if arrivals else None,
        "hours_title": names.say("h.hours", name=names.say("h.arrivals")),
        "narrowed": names.area(_number(asked.narrow.area)) if asked.narrow.area else "",
        "whole_url": asked.address(area=None, play=None),
    }


def _is_one_district(cells: Sequence[mapping.Cell], asked: Asked) -> bool:
    """Whether the map shows the parts of the one district that its reader commands."""
    chosen = asked.option("level", ("district", "sub_district"), "district")
    return bool(cells) and chosen == "district" and cells[0].area.level != "district"


def _number(code: str) -> int | None:
    return int(code) * 1000 if code.isdecimal() and len(code) == 12 else None


def _spread(late: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The latest, each from another district, so that the plates do not cover one another."""
    found: dict[int, dict[str, Any]] = {}
    for row in late:
        found.setdefault((row["area_no"] or 0) // 10**9, row)
    return list(found.values())[: mapping.PLATES]


def _layers(asked: Asked, names: Names) -> list[Values]:
    return [
        {"code": layer, "text": names.say(f"h.layer.{layer}.name"),
         "href": asked.address(layer=layer, play=None)}
        for layer in mapping.LAYERS
    ]  # fmt: skip


def _levels(asked: Asked, names: Names) -> list[Values]:
    if asked.narrow.area:
        return []
    return [
        {"code": level, "text": names.say(f"h.level.{level}"),
         "href": asked.address(level=level, play=None)}
        for level in ("district", "sub_district")
    ]  # fmt: skip


def _standing(standing: Standing, kind: str, asked: Asked, names: Names) -> list[Values]:
    return [
        {
            "text": names.say(f"h.state.{state}"),
            "value": count_text(getattr(standing, state)),
            "share": getattr(standing, state) / standing.open if standing.open else 0,
            "state": SHADES[state],
            "href": "" if asked.moment else asked.address(
                f"/h/open/{kind}", state=state, layer=None, level=None, at=None, play=None,
                screen=None),
        }
        for state in STATES
    ]  # fmt: skip


def _views(asked: Asked, names: Names) -> list[Values]:
    return [
        {"code": screen, "text": names.say(f"h.screen.{screen}"),
         "href": asked.address(screen=screen, play=None)}
        for screen in ("small", "middle", "large")
    ]  # fmt: skip


def _frame_values(measuring: Measuring) -> Values:
    """The clock, the slider and what the page asks for next."""
    asked, names = measuring.asked, measuring.names
    most = asked.hour_now + 1 if asked.is_today else HOURS
    at = asked.at if asked.at is not None else most
    playing = asked.others.get("play") == "1" and asked.at is not None
    following = asked.address(at=at + 1) if at + 1 <= most else asked.address(at=None, play=None)
    return {
        "asked": asked,
        "most": most,
        "at": at,
        "is_live": asked.at is None and asked.is_today,
        "is_playing": playing,
        "play_url": asked.address(at=1, play=1),
        "stop_url": asked.address(play=None),
        "now_url": asked.address(at=None, play=None),
        "live_url": following if playing else asked.address(),
        "live_seconds": REPLAY_SECONDS if playing else LIVE_SECONDS,
        "live_address": asked.address() if playing else "",
        "clock": clock_of(measuring.services.clock.now()),
        "day": names.day(asked.first),
        "kept": [
            (name, value)
            for name, value in {**asked.others, "area": asked.narrow.area,
                                "day": "" if asked.is_today else asked.first.isoformat()}.items()
            if value and name != "play"
        ],
    }  # fmt: skip


HANDLERS = [whole_city, of_pack]
