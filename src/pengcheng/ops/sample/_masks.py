"""Puts Shenzhen's names in the place of masked ones: A市 → 深圳市, A3区 or A7县 → a district.

The source masked cities with a letter and districts with a letter and a number. The same mask
always becomes the same district; A1 to A9 become the nine districts, one each.
"""

import re
from collections.abc import Sequence

import msgspec

from pengcheng.ops.sample._seeds import steady
from pengcheng.ops.sample.model import Division

_DISTRICT = re.compile(
    r"(?<![A-Za-z0-9])([A-M]\d{1,2})\s?(?:[区县市州]{2}(?=[^政域直级长委城民内外]|$)|[区县市州])"
)
_CITY = re.compile(r"(?<![A-Za-z0-9])[A-M]市(?:市(?![政民区场内直级长委中里]))?")
_PROVINCE = "西地省"
_CITY_TWICE = re.compile(r"(深圳市){2,}")


class Unmasked(msgspec.Struct, frozen=True):
    """A text with Shenzhen's names and the first district that it names, None if it names none."""

    text: str
    district: str | None


def unmasked(text: str, districts: Sequence[Division]) -> Unmasked:
    """The text as if it had been written in Shenzhen."""
    first: list[str] = []

    def named(found: re.Match[str]) -> str:
        district = _district_of(found.group(1), districts)
        first.append(district.code)
        return district.title

    plain = _DISTRICT.sub(named, text)
    plain = _CITY.sub("深圳市", plain).replace(_PROVINCE, "广东省")
    return Unmasked(_CITY_TWICE.sub("深圳市", plain), first[0] if first else None)


def _district_of(mask: str, districts: Sequence[Division]) -> Division:
    letter, number = mask[0], int(mask[1:])
    if letter == "A" and 1 <= number <= len(districts):
        return districts[number - 1]
    return districts[steady(mask, len(districts))]
