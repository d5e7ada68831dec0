"""The organisations of the sample: governments, bureaux, offices, workstations, command centres.

Names follow the public names of Shenzhen's authorities; a few branches stand for what a real
district may arrange otherwise. `organisation_key` is the word of the duty list.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from pengcheng.ops.sample import _content
from pengcheng.ops.sample.divisions import CITY, divisions, short
from pengcheng.ops.sample.model import Division, Organisation

GOVERNMENT = "government"
OFFICE = "subdistrict_office"
COMMUNITY = "community"
COMMAND = "command"
GRID_CENTRE = "grid_centre"
HOTLINE = "hotline"


def key_of(organisation_key: str, area: str) -> str:
    """The key of an organisation: "water@440304", "subdistrict_office@440304007"."""
    return f"{organisation_key}@{short(area)}"


def organisations(pack: Path) -> tuple[Organisation, ...]:
    """Every organisation; parents come before what is beneath them."""
    known = divisions(pack)
    kinds = _content.rows(pack, "organisations.csv")
    by_level = {
        level: [division for division in known if division.level == level]
        for level in ("city", "district", "sub_district", "community")
    }
    return (
        *_governments([*by_level["city"], *by_level["district"]]),
        *_bureaux(kinds, by_level["city"], "city"),
        *_bureaux(kinds, by_level["district"], "district"),
        *_offices(by_level["sub_district"]),
        *_departments(kinds, by_level["sub_district"]),
        *_communities(by_level["community"]),
    )


def _governments(areas: Iterable[Division]) -> list[Organisation]:
    return [
        Organisation(
            key=key_of(GOVERNMENT, area.code),
            name=f"{area.title}人民政府",
            name_en=f"{area.name_en.removesuffix(' District')} People's Government",
            organisation_key=GOVERNMENT,
            level=area.level,
            area=area.code,
            parent=key_of(GOVERNMENT, area.parent) if area.parent else None,
        )
        for area in areas
    ]


def _bureaux(
    kinds: Sequence[Mapping[str, str]], areas: Iterable[Division], level: str
) -> list[Organisation]:
    """Bureaux under their government; the names say where a branch belongs to a city bureau."""
    return [
        _named(kind, area, level, parent=key_of(GOVERNMENT, area.code))
        for area in areas
        for kind in kinds
        if kind[level]
    ]


def _offices(areas: Iterable[Division]) -> list[Organisation]:
    return [
        Organisation(
            key=key_of(OFFICE, area.code),
            name=_office_name(area),
            name_en=f"{area.name_en} Office",
            organisation_key=OFFICE,
            level=area.level,
            area=area.code,
            parent=key_of(GOVERNMENT, area.parent or CITY),
        )
        for area in areas
    ]


def _departments(
    kinds: Sequence[Mapping[str, str]], areas: Iterable[Division]
) -> list[Organisation]:
    return [
        _named(kind, area, "sub_district", parent=key_of(OFFICE, area.code))
        for area in areas
        for kind in kinds
        if kind["sub_district"]
    ]


def _communities(areas: Iterable[Division]) -> list[Organisation]:
    """A workstation for each community, and its command centre (the fourth level)."""
    made: list[Organisation] = []
    for area in areas:
        station = Organisation(
            key=key_of(COMMUNITY, area.code),
            name=f"{area.title}工作站",
            name_en=f"{area.name_en} Workstation",
            organisation_key=COMMUNITY,
            level=area.level,
            area=area.code,
            parent=key_of(OFFICE, area.parent or CITY),
        )
        centre = Organisation(
            key=key_of(COMMAND, area.code),
            name=f"{area.title}指挥中心",
            name_en=f"{area.name_en} Command Centre",
            organisation_key=COMMAND,
            level=area.level,
            area=area.code,
            parent=station.key,
        )
        made += [station, centre]
    return made


def _named(kind: Mapping[str, str], area: Division, level: str, *, parent: str) -> Organisation:
    place = {
        "d": area.title,
        "s": area.title.removesuffix("区"),
        "u": area.title,
        "D": area.name_en.removesuffix(" District"),
        "S": area.name_en.removesuffix(" District"),
        "U": area.name_en.removesuffix(" Sub-district"),
    }
    return Organisation(
        key=key_of(kind["organisation_key"], area.code),
        name=kind[level].format_map(place),
        name_en=kind[f"{level}_en"].format_map(place),
        organisation_key=kind["organisation_key"],
        level=area.level,
        area=area.code,
        parent=parent,
    )


def _office_name(area: Division) -> str:
    # Bonded zones, the airport and the cooperation zone are sub-district units without an office
    # of that name.
    return f"{area.title}办事处" if area.title.endswith("街道") else f"{area.title}管理服务机构"
