"""What a page knows of its reader and its place, and how much time is left of a promise."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Literal, TypeVar, get_args

import msgspec

from pengcheng.kernel.words import LANGUAGES, Language

Portal = Literal["ishenzhen", "shenqi", "shenzhengyi", "shenzhihui", "www", "studio"]
Theme = Literal["auto", "light", "dark"]
TimeState = Literal["good", "watch", "late", "paused", "done"]
TimeUnit = Literal["minute", "hour", "day", "working_day"]
Choice = TypeVar("Choice", bound=str)

# Portals.md: watch begins when under a fifth of the promised time is left.
WATCH_SHARE = 0.2


class Preferences(msgspec.Struct, frozen=True, kw_only=True):
    """How the reader wants pages: kept in three cookies, never in an account."""

    language: Language = "zh"
    theme: Theme = "auto"
    elder: bool = False


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """Who is signed in, as the header names them; `tag` tells accounts apart on a device that
    keeps something for one of them, and names nobody."""

    name: str
    unit: str = ""
    href: str = ""
    tag: str = ""


class NavItem(msgspec.Struct, frozen=True, kw_only=True):
    """One place in a portal's navigation. `count` 0 shows nothing; `late` colours the count."""

    code: str
    text: str
    href: str
    icon: str = ""
    count: int = 0
    late: bool = False


class NavGroup(msgspec.Struct, frozen=True, kw_only=True):
    """A headed group of the official's side navigation."""

    text: str
    items: tuple[NavItem, ...]


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """The frame of one rendered page.

    `path` is the address to come back to after a preference changes. `now` is the request's
    instant, aware. `csrf` is the token every form posts; "" where the reader has none.
    `current` is the code of the navigation item that this page belongs to. `help_phone` "" hides
    the telephone. `preferences_url` receives POST language, theme, elder, back.
    """

    portal: Portal
    path: str
    now: datetime
    home: str = "/"
    preferences: Preferences = Preferences()
    account: Account | None = None
    navigation: tuple[NavItem, ...] = ()
    groups: tuple[NavGroup, ...] = ()
    current: str = ""
    csrf: str = ""
    csrf_field: str = "_csrf_token"
    unread: int = 0
    unread_url: str = ""
    search_url: str = ""
    sign_in_url: str = ""
    help_url: str = ""
    help_phone: str = "12345"
    preferences_url: str = "/preferences"
    simulated: bool = False

    @property
    def language(self) -> Language:
        return self.preferences.language

    @property
    def elder(self) -> bool:
        return self.preferences.elder

    @property
    def theme(self) -> Theme:
        """The command screens are dark unless their reader chose light."""
        chosen = self.preferences.theme
        return "dark" if chosen == "auto" and self.portal == "shenzhihui" else chosen

    @property
    def lang(self) -> str:
        """The BCP 47 tag of the page."""
        return "en" if self.preferences.language == "en" else "zh-Hans"


class Remaining(msgspec.Struct, frozen=True, kw_only=True):
    """How much of a promise is left (or how far past due): `amount` is never negative."""

    state: TimeState
    amount: int = 0
    unit: TimeUnit = "hour"


def preferences_from_cookies(cookies: Mapping[str, str], accepts: str = "") -> Preferences:
    """The reader's preferences; what a cookie does not say follows `Accept-Language`."""
    preferred: Language = "en" if accepts.strip().lower().startswith("en") else "zh"
    return Preferences(
        language=_one_of(cookies.get("language"), LANGUAGES, preferred),
        theme=_one_of(cookies.get("theme"), get_args(Theme), "auto"),
        elder=cookies.get("elder") == "1",
    )


def preferences_to_cookies(chosen: Mapping[str, str], before: Preferences) -> dict[str, str]:
    """The cookie values after a POST to `preferences_url`; a field left out keeps its value."""
    language = _one_of(chosen.get("language"), LANGUAGES, before.language)
    theme = _one_of(chosen.get("theme"), get_args(Theme), before.theme)
    elder = chosen.get("elder", "1" if before.elder else "0")
    return {"language": language, "theme": theme, "elder": "1" if elder == "1" else "0"}


def remaining(
    due: datetime,
    now: datetime,
    *,
    started: datetime | None = None,
    working_days: int | None = None,
) -> Remaining:
    """What is left until `due`, in the unit a person would say it in.

    `working_days` is counted by the deadlines engine's calendar; without it whole days are
    calendar days. Without `started` nothing is told of a fifth, so nothing is `watch`.
    """
    span = due - now
    late = span < timedelta(0)
    state: TimeState = "late" if late else "good"
    if not late and started is not None and span < (due - started) * WATCH_SHARE:
        state = "watch"
    amount, unit = _in_words(abs(span))
    if working_days is not None and unit == "day" and not late:
        amount, unit = max(working_days, 1), "working_day"
    return Remaining(state=state, amount=amount, unit=unit)


def _in_words(span: timedelta) -> tuple[int, TimeUnit]:
    minutes = int(span.total_seconds() // 60)
    if minutes < 60:
        return max(minutes, 1), "minute"
    if minutes < 24 * 60:
        return minutes // 60, "hour"
    return minutes // (24 * 60), "day"


def _one_of(value: str | None, allowed: tuple[Choice, ...], otherwise: Choice) -> Choice:
    return next((choice for choice in allowed if choice == value), otherwise)
