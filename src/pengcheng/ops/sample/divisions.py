"""Shenzhen's divisions with their statistical codes, from the city down to its communities."""

import re
from collections.abc import Mapping
from pathlib import Path

from pengcheng.ops.sample import _content
from pengcheng.ops.sample.model import Division, Level

CITY = "440300000000"

_COMMITTEE = re.compile(r"(居民委员会|居委会|居委)$")


def divisions(pack: Path) -> tuple[Division, ...]:
    """City, 9 districts, 79 sub-district units and 788 communities, by code; parents first."""
    found = [_division(row) for row in _content.rows(pack, "divisions.csv")]
    return tuple(sorted(found, key=lambda division: (len(short(division.code)), division.code)))


def level_of(code: str) -> Level:
    """The level that a code of 12 (or, for a grid cell, 15) digits stands for."""
    if len(code) > 12:
        return "grid"
    if code[4:] == "00000000":
        return "city"
    if code[6:] == "000000":
        return "district"
    return "sub_district" if code[9:] == "000" else "community"


def parent_of(code: str) -> str | None:
    """The code one level up; None above the city."""
    level = level_of(code)
    if level == "city":
        return None
    kept = {"district": 4, "sub_district": 6, "community": 9, "grid": 12}[level]
    return code[:kept].ljust(12, "0")


def short(code: str) -> str:
    """The code without the zeros below its level: 6, 6, 9, 12 or 15 digits."""
    kept = {"city": 6, "district": 6, "sub_district": 9, "community": 12, "grid": 15}
    return code[: kept[level_of(code)]]


def _division(row: Mapping[str, str]) -> Division:
    code, name = row["code"], row["name"]
    return Division(
        code=code,
        name=name,
        title=_title(code, name),
        name_en=row["en"],
        level=level_of(code),
        parent=parent_of(code),
    )


def _title(code: str, name: str) -> str:
    if level_of(code) != "community":
        return name
    place = _COMMITTEE.sub("", name)
    return place if "社区" in place else place + "社区"
