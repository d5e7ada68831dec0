"""The nouns of the sample city: plain frozen values that the caller writes to the engines.

Area codes are the statistical codes of twelve digits; a grid cell's code is its community's
followed by three digits. Longitude comes before latitude, WGS 84, six decimals.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Literal

import msgspec

Level = Literal["city", "district", "sub_district", "community", "grid"]
Source = Literal["real", "synthetic"]


class Division(msgspec.Struct, frozen=True, kw_only=True):
    """One administrative division, as the National Bureau of Statistics lists it.

    `name` is the listed one ("梅亭社区居委会"), `title` the everyday one ("梅亭社区").
    """

    code: str
    name: str
    title: str
    name_en: str
    level: Level
    parent: str | None


class Outline(msgspec.Struct, frozen=True, kw_only=True):
    """The outline of a division or grid cell; `wkb` is a MultiPolygon.

    `schematic`: drawn for the sample (or, for city and districts, simplified), not surveyed.
    """

    code: str
    name: str
    name_en: str
    level: Level
    parent: str | None
    wkb: bytes
    centre: tuple[float, float]
    area_km2: float
    schematic: bool = True


class Feature(msgspec.Struct, frozen=True, kw_only=True):
    """One thing on the map, ready for a table from which ST_AsMVT serves."""

    layer: str
    code: str
    name: str
    kind: str
    wkb: bytes
    min_zoom: int
    name_en: str = ""
    synthetic: bool = True


class Organisation(msgspec.Struct, frozen=True, kw_only=True):
    """An organisation or a department of one. `key` is `<organisation_key>@<short area code>`.

    The short code has 6 digits for city and districts, 9 for sub-districts, 12 for communities.
    """

    key: str
    name: str
    name_en: str
    organisation_key: str
    level: Level
    area: str
    parent: str | None


class Official(msgspec.Struct, frozen=True, kw_only=True):
    """A synthetic official: `areas` are the cells or divisions that the post answers for."""

    username: str
    name: str
    post: str
    role: str
    organisation: str
    areas: tuple[str, ...]
    telephone: str
    synthetic: bool = True


class Citizen(msgspec.Struct, frozen=True, kw_only=True):
    """A synthetic citizen. The identity number is formally valid and issued to no one."""

    username: str
    name: str
    sex: Literal["female", "male"]
    born: date
    identity_number: str
    telephone: str
    area: str
    grid: str
    point: tuple[float, float]
    synthetic: bool = True


class Enterprise(msgspec.Struct, frozen=True, kw_only=True):
    """A synthetic enterprise with a formally valid social credit code."""

    username: str
    name: str
    credit_code: str
    trade: str
    contact: str
    telephone: str
    area: str
    grid: str
    point: tuple[float, float]
    synthetic: bool = True


class Population(msgspec.Struct, frozen=True, kw_only=True):
    """Everyone in the sample city."""

    officials: tuple[Official, ...]
    citizens: tuple[Citizen, ...]
    enterprises: tuple[Enterprise, ...]


class SampleAccount(msgspec.Struct, frozen=True, kw_only=True):
    """A stable account that stands for a role; `organisation` is None for the public."""

    username: str
    role: str
    organisation: str | None
    display_name: str
    display_name_en: str


class Article(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of the sample knowledge base (示例知识)."""

    code: str
    question: str
    title_en: str
    answer: str
    words: tuple[str, ...]
    level1: str
    level2: str
    organisation_key: str
    updated: date
    marked: str = "示例知识"


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """A demand to replay. `district` and `point` are None where the text names no district.

    `matter`, `levels` (the category) and `grid` are given to synthetic messages only: those that
    share a matter tell of one thing.
    """

    key: str
    subject: str
    body: str
    created_at: datetime
    author: str
    district: str | None
    point: tuple[float, float] | None
    source: Source
    level1: str | None = None
    reply: str | None = None
    replied_at: datetime | None = None
    votes: int = 0
    matter: str | None = None
    levels: tuple[str, ...] = ()
    grid: str | None = None
    point_synthetic: bool = True


class Messages(msgspec.Struct, frozen=True, kw_only=True):
    """The messages and whether they are real ones or made up by the program."""

    source: Source
    items: tuple[Message, ...]
    rows_by_file: Mapping[str, int]


class Arrival(msgspec.Struct, frozen=True, kw_only=True):
    """A message that arrives so many seconds after the simulation began."""

    after_seconds: float
    message: Message
