"""What a reader of a case is offered: knowledge, the duty list's proposal, a draft of a reply.

All of it is ranked by the words that a text shares with declared records; nothing is made up: a
draft names the record that it comes from and is to be checked by a person.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache

import msgspec

from pengcheng.edge.services import Services
from pengcheng.engines.cases import Similar
from pengcheng.engines.identity import Organisation
from pengcheng.engines.objects import Query, Record
from pengcheng.kernel.areas import LEVELS, Level, area_level
from pengcheng.kernel.authz import Actor, Region
from pengcheng.kernel.registry import RecordType
from pengcheng.kernel.time import city_day
from pengcheng.kernel.words import Language
from pengcheng.portals.categories import path_text

ROWS_MAX = 1_000
KEPT_FOR = timedelta(seconds=60)
KEPT_TEXTS_MAX = 10_000
SHOWN_MAX = 3
SCORE_MIN = 0.12
DRAFT_MIN = 0.4
"""What is merely worth a look is no beginning of a reply: one shared word brought an article on
medical insurance to a complaint about fishing."""

_kept: dict[tuple[str, int, int], tuple[datetime, Sequence[Record]]] = {}


class Article(msgspec.Struct, frozen=True, kw_only=True):
    """A knowledge record as a panel shows it."""

    code: str
    type: str
    title: str
    answer: str
    valid_until: date | None
    expired: bool
    score: float


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """What the duty list says of a text: category, organisation, the words that told so."""

    code: str
    category: str
    organisation: Organisation | None
    words: tuple[str, ...]
    basis: str


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """A beginning of a reply with its source; a person checks it before it goes out."""

    text: str
    title: str
    code: str
    href: str


async def articles(services: Services, actor: Actor, kind: str, text: str) -> list[Article]:
    """The knowledge records that fit a text best, best first."""
    type_ = _table(services, kind, "knowledge")
    if type_ is None or not text.strip():
        return []
    wanted = pairs(text)
    today = city_day(services.clock.now())
    found = [
        _article(type_, record, score, today)
        for record in await _records(services, actor, type_)
        if (score := _likeness(record, wanted)) >= SCORE_MIN
    ]
    return sorted(found, key=lambda item: (item.expired, -item.score))[:SHOWN_MAX]


async def proposals(
    services: Services, actor: Actor, kind: str, text: str, area_code: str | None
) -> list[Proposal]:
    """What the duty list proposes for a text: the rows with most of their words in it."""
    type_ = _table(services, kind, "duty_list")
    if type_ is None or not text.strip():
        return []
    scored: list[tuple[float, Record, tuple[str, ...]]] = []
    for record in await _records(services, actor, type_):
        words = tuple(w for w in str(record.attributes.get("words") or "").split() if w in text)
        if words:
            scored.append((sum(len(word) ** 1.5 for word in words), record, words))
    scored.sort(key=lambda item: -item[0])
    made = [
        _proposal(services, kind, record, words, area_code, actor.language)
        for _, record, words in scored
    ]
    found: dict[str, Proposal] = {}
    for item in made:
        found.setdefault(item.category, item)
    return list(found.values())[:SHOWN_MAX]


def _proposal(
    services: Services, kind: str, record: Record, words: tuple[str, ...], area_code: str | None,
    language: Language,
) -> Proposal:  # fmt: skip
    said = record.attributes
    level: Level = next((item for item in LEVELS if item == said.get("level")), "district")
    key = str(said.get("organisation_key") or "")
    parts = [str(said[name]) for name in ("level1", "level2", "level3") if said.get(name)]
    return Proposal(
        code=record.code,
        category=path_text(services.registry, kind, "/".join(parts), language),
        organisation=services.organisations.answering(key, level, area_code) if key else None,
        words=words,
        basis=str(said.get("basis") or ""),
    )


def area_named(services: Services, text: str) -> str | None:
    """The smallest district, sub-district or community that a text names; None where it names none
    or several of the same size. A road named after a place counts: it is only proposed."""
    found: dict[str, list[str]] = {}
    for area in services.areas.all():
        level = area_level(area.code)
        short = area.name.zh
        for ending in ("街道", "社区", "新区", "区"):
            short = short.removesuffix(ending)
        if level not in {"city", "grid"} and len(short) > 1 and short in text:
            found.setdefault(level, []).append(area.code)
    named = next((found[level] for level in reversed(LEVELS) if level in found), [])
    return named[0] if len(named) == 1 else None


def drafts(found: Sequence[Article], like: Sequence[Similar], salutation: str) -> list[Draft]:
    """Beginnings of a reply: from knowledge in force first, then from replies to similar cases."""
    made = [
        Draft(
            text=f"{salutation}{article.answer}", title=article.title, code=article.code,
            href=f"/e/records/{article.type}/{article.code}",
        )
        for article in found
        if not article.expired and article.score >= DRAFT_MIN
    ]  # fmt: skip
    made += [
        Draft(text=item.reply, title=item.line.title, code=item.line.code,
              href=f"/e/case/{item.line.kind}/{item.line.code}")
        for item in like
        if item.reply
    ]  # fmt: skip
    return made[:SHOWN_MAX]


def pairs(text: str) -> frozenset[str]:
    """The pairs of neighbouring characters of a text, which stand for its words in Chinese."""
    plain = "".join(letter for letter in text.lower() if letter.isalnum())
    return frozenset(plain[at : at + 2] for at in range(len(plain) - 1))


@lru_cache(maxsize=KEPT_TEXTS_MAX)
def _kept_pairs(text: str) -> frozenset[str]:
    """Pairs of what stands in a table and is looked through again and again; never of what people
    write."""
    return pairs(text)


def _likeness(record: Record, wanted: frozenset[str]) -> float:
    """The share of a record's title and keywords that stands in the text."""
    said = record.attributes
    own = _kept_pairs(record.title)
    words = [word for word in str(said.get("words") or "").split() if len(word) > 1]
    hits = sum(_kept_pairs(word) <= wanted for word in words)
    share = len(own & wanted) / max(len(own), 1)
    return share + 0.15 * hits


def _article(type_: RecordType, record: Record, score: float, today: date) -> Article:
    until = record.attributes.get("valid_until")
    long = next((item.name for item in type_.attributes if item.kind == "long_text"), "")
    return Article(
        code=record.code,
        type=type_.name,
        title=record.title,
        answer=str(record.attributes.get(long) or ""),
        valid_until=until if isinstance(until, date) else None,
        expired=isinstance(until, date) and until < today,
        score=score,
    )


def _table(services: Services, kind: str, name: str) -> RecordType | None:
    """The declared type that plays a part for a case kind, if one does."""
    declared = services.registry.case_kind(kind).tables.get(name)
    return services.registry.types.get(declared) if declared else None


async def _records(services: Services, actor: Actor, type_: RecordType) -> Iterable[Record]:
    """The records of a table that is read again each minute; it is the same for all who may."""
    scope = services.rights.scope(actor, "read", type_.name)
    if scope.is_empty:
        return []
    now = services.clock.now()
    key = (type_.name, services.registry.version, scope.sensitivity)
    # Kept only for readers of everything: another's region must not decide what one sees.
    whole = any(region == Region(sensitivity=scope.sensitivity) for region in scope.regions)
    known = _kept.get(key)
    if known and whole and now - known[0] < KEPT_FOR:
        return known[1]
    page = await services.objects.page(services.registry, scope, Query(limit=ROWS_MAX))
    if whole:
        _kept[key] = (now, page.records)
    return page.records
