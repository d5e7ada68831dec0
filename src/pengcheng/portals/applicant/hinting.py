"""What the city can tell while somebody is still typing: the likely category, similar matters near
by, an answer that is known already. Nothing of what is typed is kept."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from pengcheng.edge.services import Services
from pengcheng.engines.cases import Analysis, MatterQuery, PublicMatter
from pengcheng.kernel.areas import area_span, is_area_code
from pengcheng.kernel.errors import PengchengError
from pengcheng.pack.analysing import DeclaredAnalyst
from pengcheng.portals import categories
from pengcheng.portals.applicant.side import Side

REFRESH = timedelta(minutes=5)
TEXT_MIN = 6
TEXT_MAX = 2000
SIMILAR_MAX = 3
ANSWER_SURE = 0.6
CATEGORY_SURE = 0.3


class Hint(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a text: its likely category, an answer, similar matters."""

    category: str = ""
    unit: str = ""
    answer: str = ""
    urgent: bool = False
    similar: Sequence[PublicMatter] = ()


class _Known(msgspec.Struct, frozen=True):
    version: int
    at: datetime
    analyst: DeclaredAnalyst


class Analysts:
    """One analyst for each case kind of this process, made when first asked for."""

    def __init__(self) -> None:
        self._known: dict[str, _Known] = {}
        self._making = asyncio.Lock()

    async def of(self, services: Services, kind_name: str) -> DeclaredAnalyst | None:
        """The analyst of a kind that declares algorithms, with knowledge minutes old at most."""
        registry = services.registry
        kind = registry.case_kind(kind_name)
        if not kind.intake:
            return None
        now = services.clock.now()
        async with self._making:
            known = self._known.get(kind_name)
            if known is None or known.version != registry.version or now - known.at > REFRESH:
                analyst = DeclaredAnalyst(
                    registry, kind, services.objects, services.areas, services.clock,
                    services.champions,
                )  # fmt: skip
                await analyst.refresh()
                known = _Known(registry.version, now, analyst)
                self._known[kind_name] = known
        return known.analyst


ANALYSTS = Analysts()


async def hint_of(
    side: Side, kind: str, fields: Mapping[str, Any], point: tuple[float, float] | None
) -> Hint:
    """What can be told of a text and a place; an empty hint where the city knows nothing."""
    text = " ".join(str(value) for value in fields.values())[:TEXT_MAX]
    if len(text.strip()) < TEXT_MIN:
        return Hint()
    analysis = await _analysed(side, kind, fields, point)
    similar = await _similar(side, kind, analysis, point)
    if analysis is None:
        return Hint(similar=similar)
    sure = analysis.confidence >= CATEGORY_SURE
    return Hint(
        category=category_label(side, kind, analysis.category or "") if sure else "",
        answer=(analysis.answer or "") if analysis.answer_confidence >= ANSWER_SURE else "",
        urgent=analysis.urgency == "emergency",
        similar=similar,
    )


async def _analysed(
    side: Side, kind: str, fields: Mapping[str, Any], point: tuple[float, float] | None
) -> Analysis | None:
    """The pack's analysis, beside the event loop; a pack that fails here costs only the hint."""
    try:
        analyst = await ANALYSTS.of(side.services, kind)
        if analyst is None:
            return None
        row = {**fields, "id": "", "channel": side.portal, "area_code": None, "point": point}
        found = await asyncio.to_thread(analyst.analyse, [row])
    except PengchengError:
        return None
    return found[0]


async def _similar(
    side: Side, kind: str, analysis: Analysis | None, point: tuple[float, float] | None
) -> list[PublicMatter]:
    """Open matters near by, of the same first category where it is known. Without a position, those
    of the same category in the area that the text names."""
    first = str(analysis.category or "").split("/")[0] if analysis else ""
    scope, matters = side.scope("read_public", kind), side.services.matters
    query = MatterQuery(category=first or None, limit=SIMILAR_MAX)
    if point is not None:
        return await matters.near(scope, query, point)
    named = (analysis.place or "") if analysis else ""
    if not first or not is_area_code(named):
        return []
    return await matters.newest(scope, msgspec.structs.replace(query, area=area_span(named)))


def category_of(side: Side, kind: str, category: str | None) -> str:
    """The nearest name of a category, for a title."""
    found = categories.last_text(side.services.registry, kind, category, side.language)
    return found or side.say("applicant.near.unfiled")


def category_label(side: Side, kind: str, category: str) -> str:
    """A category with all its levels."""
    return " / ".join(categories.levels_of(side.services.registry, kind, category, side.language))
