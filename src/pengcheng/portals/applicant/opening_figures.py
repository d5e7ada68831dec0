"""Open figures: how the city has answered of late, for anybody, from the counts officials read.

A pack declares them as cards of a portal; who may read them is the right `read_public` on
`indicator`. They are the same for every reader, so they are kept for a minute.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

import msgspec

from pengcheng.engines.indicators import ANY, Figure, Indicators
from pengcheng.kernel.authz import GUEST
from pengcheng.kernel.indicators import Indicator
from pengcheng.kernel.registry import Screen
from pengcheng.kernel.time import CITY_ZONE
from pengcheng.portals.applicant.side import Side

DAYS = 30
KEPT = timedelta(minutes=1)


class Open(msgspec.Struct, frozen=True, kw_only=True):
    """One open figure: of the last `DAYS` days, of as many before, and what it is made up of."""

    screen: Screen
    declared: Indicator
    now: Figure
    before: Figure
    parts: tuple[Figure, ...] = ()
    days: tuple[Figure, ...] = ()


class _Kept(msgspec.Struct, frozen=True, kw_only=True):
    engine: Indicators
    version: int
    until: datetime
    figures: tuple[Open, ...]


_KEPT: dict[str, _Kept] = {}


def span(side: Side) -> tuple[date, date]:
    """The days of open figures, today's included, by the city's clock."""
    today = side.now.astimezone(CITY_ZONE).date()
    return today - timedelta(days=DAYS - 1), today


async def open_figures(side: Side) -> tuple[Open, ...]:
    """What packs declare open on this portal, in their order; () where they declare nothing."""
    engine, version = side.services.indicators, side.services.registry.version
    kept = _KEPT.get(side.portal)
    is_ours = kept is not None and kept.engine is engine and kept.version == version
    if kept is not None and is_ours:
        if side.now < kept.until:
            return kept.figures
        # Whoever asks while these are counted anew gets the ones at hand.
        _KEPT[side.portal] = msgspec.structs.replace(kept, until=side.now + KEPT)
    found = tuple([await _counted(side, screen) for screen in _cards(side)])
    _KEPT[side.portal] = _Kept(engine=engine, version=version, until=side.now + KEPT, figures=found)
    return found


def _cards(side: Side) -> list[Screen]:
    known = side.services.registry.indicators
    return [card for card in side.screens("card") if card.options.get("indicator") in known]


async def _counted(side: Side, screen: Screen) -> Open:
    engine = side.services.indicators
    declared = engine.declared(str(screen.options["indicator"]))
    scope = side.services.rights.scope(GUEST, "read_public", "indicator")
    days = span(side)
    before = days[0] - timedelta(days=DAYS), days[0] - timedelta(days=1)
    cut = str(screen.options.get("by") or "")
    parts: Sequence[Figure] = ()
    if cut:
        parts = await engine.figures(scope, declared.name, days, cut)
    return Open(
        screen=screen,
        declared=declared,
        now=await engine.figure(scope, declared.name, days),
        before=await engine.figure(scope, declared.name, before),
        parts=tuple(part for part in parts if part.key not in (ANY, None, "")),
        days=tuple(await engine.figures(scope, declared.name, days, "day"))
        if declared.measure == "count"
        else (),
    )
