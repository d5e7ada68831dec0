"""Area codes as numbers, so that the areas beneath one are one range.

A code is the 12-digit statistical code of a division (GB/T 2260 and the statistical division
codes: province 2, city 2, district 2, sub-district 3, community 3), or such a code followed by
the 3 digits of a grid cell.
"""

from typing import Literal

from pengcheng.kernel.ranges import Ranges

Level = Literal["city", "district", "sub_district", "community", "grid"]
LEVELS: tuple[Level, ...] = ("city", "district", "sub_district", "community", "grid")

_GRID = 1000
_SPANS: tuple[tuple[Level, int], ...] = (
    ("city", 10**11),
    ("district", 10**9),
    ("sub_district", 10**6),
    ("community", 10**3),
    ("grid", 1),
)


def is_area_code(text: str) -> bool:
    """Whether a text has the form of a division or grid code."""
    return len(text) in {12, 15} and text.isascii() and text.isdecimal()


def area_no(code: str) -> int:
    """The number of an area."""
    return int(code) * (_GRID if len(code) == 12 else 1)


def area_level(code: str) -> Level:
    """The level that a code's trailing zeros tell."""
    number = area_no(code)
    return next(level for level, span in _SPANS if number % span == 0)


def area_span(code: str) -> tuple[int, int]:
    """The half-open range of the numbers of an area and all beneath it."""
    number = area_no(code)
    return number, number + dict(_SPANS)[area_level(code)]


def area_ranges(code: str) -> Ranges:
    """The same as a set."""
    return Ranges((area_span(code),))


def area_at(number: int, level: Level) -> int:
    """The number of the area of a level that holds this one; a higher area is itself."""
    return number - number % dict(_SPANS)[level]


def code_of(number: int) -> str:
    """The code of a number: 15 digits for a grid cell, 12 for a division."""
    return f"{number:015d}" if number % _GRID else f"{number // _GRID:012d}"


def ancestor(code: str, level: Level) -> str:
    """The area of a higher or equal level that contains this one."""
    number = area_no(code)
    span = dict(_SPANS)[level]
    return code_of(number - number % span)
