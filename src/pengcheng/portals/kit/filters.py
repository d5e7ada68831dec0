"""How moments, time left, numbers and masked identities are written for a reader."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import msgspec
from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from pengcheng.kernel.errors import ensure
from pengcheng.kernel.time import CITY_ZONE
from pengcheng.kernel.words import Language, Words
from pengcheng.portals.kit.model import Page, Remaining, remaining
from pengcheng.portals.kit.texts import filled, say

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
NEAR_DAYS = {-1: ("昨天", "yesterday"), 0: ("今天", "today"), 1: ("明天", "tomorrow")}
MASK = "*"
STEPS: dict[Language, tuple[tuple[int, str], ...]] = {
    "zh": ((10**8, " 亿"), (10**4, " 万")),
    "en": ((10**9, " bn"), (10**6, " m")),
}


def of(thing: Any, name: str, otherwise: Any = None) -> Any:
    """One part of a mapping or a struct; `otherwise` when it has none or the part is None."""
    found = thing.get(name) if isinstance(thing, Mapping) else getattr(thing, name, None)
    return otherwise if found is None else found


def page_of(context: Context) -> Page:
    page = context.get("page")
    ensure(isinstance(page, Page), "a template was rendered without its Page; use kit.render")
    return page  # type: ignore[no-any-return]  # ensured above


@pass_context
def t(context: Context, text: Any, **facts: Any) -> str:
    """A text by key, or a `Words`, in the reader's language, with `{name}` replaced by facts."""
    language = page_of(context).language
    if isinstance(text, str):
        words: Any = context.environment.globals["words"]
        ensure(text in words, f"no text {text!r} in words.yaml")
        text = words[text]
    if isinstance(text, Words):
        return filled(text, language, facts)
    return str(say(text, language))


@pass_context
def when(context: Context, moment: date | datetime | None, style: str = "near") -> Markup | str:
    """A moment in `<time>`: in words when near, `style="full"` for the whole date, "" for None."""
    if moment is None:
        return ""
    page = page_of(context)
    local = moment.astimezone(CITY_ZONE) if isinstance(moment, datetime) else moment
    text = spoken(local, page.now.astimezone(CITY_ZONE), page.language, style=style)
    full = spoken(local, page.now.astimezone(CITY_ZONE), page.language, style="full")
    return Markup('<time datetime="{}" title="{}">{}</time>').format(local.isoformat(), full, text)


def spoken(moment: date | datetime, now: datetime, language: Language, *, style: str) -> str:
    """The moment as a person would write it; both arguments in the city's time zone."""
    day = moment.date() if isinstance(moment, datetime) else moment
    clock = f" {moment:%H:%M}" if isinstance(moment, datetime) else ""
    near = NEAR_DAYS.get((day - now.date()).days)
    if near and style == "near":
        return (near[1] if language == "en" else near[0]) + clock
    has_year = style == "full" or day.year != now.year
    if language == "en":
        year = f" {day.year}" if has_year else ""
        return f"{day.day} {MONTHS[day.month - 1]}{year}{',' if year and clock else ''}{clock}"
    year = f"{day.year}年" if has_year else ""
    return f"{year}{day.month}月{day.day}日{clock}"


@pass_context
def left(
    context: Context, value: Remaining | datetime | Mapping[str, Any] | None, style: str = "long"
) -> Markup | str:
    """还剩 3 个工作日, 超 1 小时; coloured by state, which the words say too. "" for None."""
    if value is None:
        return ""
    page = page_of(context)
    told = _remaining(value, page)
    text = left_text(context, told, style)
    return Markup('<span class="left left--{}">{}</span>').format(told.state, text)


def _remaining(value: Remaining | datetime | Mapping[str, Any], page: Page) -> Remaining:
    if isinstance(value, datetime):
        return remaining(value, page.now)
    return value if isinstance(value, Remaining) else msgspec.convert(value, Remaining)


def left_text(context: Context, told: Remaining, style: str) -> str:
    if told.state in ("paused", "done"):
        return t(context, f"left.{told.state}")
    direction = "over" if told.state == "late" else "left"
    plural = "one" if told.amount == 1 else "many"
    unit = t(context, f"left.{style}.{told.unit}.{plural}", amount=told.amount)
    return t(context, f"left.{style}.{direction}", span=unit)


@pass_context
def number(
    context: Context, value: float | Decimal | None, style: str = "short", unit: str = ""
) -> Markup | str:
    """1,234; 12.3 万 with the exact figure on hover; `style="exact"` never shortens.

    `unit` follows in smaller type: 30 万元, 28,460 元.
    """
    if value is None:
        return Markup('<span class="none">{}</span>').format(t(context, "number.none"))
    exact = f"{value:,}"
    figure, step = (exact, "") if style == "exact" else shortened(value, page_of(context).language)
    after = step + (unit if step else f" {unit}" if unit else "")
    tail = Markup('<span class="unit">{}</span>').format(after) if after else ""
    if not step:
        return Markup('<span class="number">{}{}</span>').format(exact, tail)
    return Markup('<data class="number" value="{}" title="{}">{}{}</data>').format(
        value, exact, figure, tail
    )


def shortened(value: float | Decimal, language: Language) -> tuple[str, str]:
    """A figure of at most one decimal and its unit; unit "" when the exact one is short enough."""
    for size, unit in STEPS[language]:
        if abs(float(value)) >= size:
            return f"{float(value) / size:,.1f}".removesuffix(".0"), unit
    return f"{value:,}", ""


def mask_phone(number: str | None) -> str:
    """138****5678; a number too short to hide is hidden whole."""
    return _masked(number, head=3, tail=4, stars=4)


def mask_id(number: str | None) -> str:
    """4403**********1234, for identity numbers and social credit codes."""
    return _masked(number, head=4, tail=4, stars=10)


def _masked(number: str | None, *, head: int, tail: int, stars: int) -> str:
    text = (number or "").strip()
    if len(text) <= head + tail:
        return MASK * len(text)
    return f"{text[:head]}{MASK * stars}{text[-tail:]}"


def initial(name: str) -> str:
    """What stands in an avatar: the first character of a name."""
    return str(escape(name.strip()[:1].upper()))


def described_by(field: str, hint: Any, fault: Any, source: Any) -> Markup:
    """The aria-describedby of an input, naming the lines that its field really shows."""
    parts = (("source", source), ("fault", fault), ("hint", hint))
    shown = " ".join(f"{field}-{part}" for part, text in parts if text)
    return Markup(' aria-describedby="{}"').format(shown) if shown else Markup("")
