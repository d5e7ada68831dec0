"""The Chinese calendar, as far as public holidays need it, computed from the sky.

GB/T 33661-2017 (农历的编算和颁行): a month begins on the day of the new moon at 120° E; the month
that holds the winter solstice is the eleventh; when thirteen months lie between two such months,
the first without a major solar term is a leap month. New moons and the sun's longitude after
J. Meeus, "Astronomical Algorithms", chapters 25 and 49; good to minutes for 1900-2100. Pure.
"""

from datetime import date, timedelta
from functools import lru_cache
from math import floor, radians, sin

YEAR_FIRST, YEAR_LAST = 1900, 2100
"""Outside these years the difference between dynamical and civil time is not modelled."""

_SYNODIC_DAYS = 29.530588861
_TROPICAL_DAYS = 365.242189
_BEIJING_DAYS = 8 / 24
_JULIAN_DAY_OF_ORDINAL_0 = 1721424.5

# Meeus 49: the periodic terms of a new moon: factor in days, then multiples of the sun's anomaly,
# the moon's anomaly, the moon's argument of latitude and the node, and the power of E.
_NEW_MOON_TERMS = (
    (-0.40720, 0, 1, 0, 0, 0), (0.17241, 1, 0, 0, 0, 1), (0.01608, 0, 2, 0, 0, 0),
    (0.01039, 0, 0, 2, 0, 0), (0.00739, -1, 1, 0, 0, 1), (-0.00514, 1, 1, 0, 0, 1),
    (0.00208, 2, 0, 0, 0, 2), (-0.00111, 0, 1, -2, 0, 0), (-0.00057, 0, 1, 2, 0, 0),
    (0.00056, 1, 2, 0, 0, 1), (-0.00042, 0, 3, 0, 0, 0), (0.00042, 1, 0, 2, 0, 1),
    (0.00038, 1, 0, -2, 0, 1), (-0.00024, -1, 2, 0, 0, 1), (-0.00017, 0, 0, 0, 1, 0),
)  # fmt: skip


def spring_festival(year: int) -> date:
    """春节: the first day of the first month of the Chinese year that begins in `year`."""
    return _month(year, 1)


def dragon_boat(year: int) -> date:
    """端午: the fifth day of the fifth month."""
    return _month(year, 5) + timedelta(days=4)


def mid_autumn(year: int) -> date:
    """中秋: the fifteenth day of the eighth month."""
    return _month(year, 8) + timedelta(days=14)


def qingming(year: int) -> date:
    """清明: the day on which the sun's longitude reaches 15°."""
    return _day_of_longitude(15, date(year, 4, 5).toordinal())


@lru_cache(maxsize=256)
def _month(year: int, number: int) -> date:
    """The first day of a month (1-10) of the Chinese year; leap months are never asked for."""
    before = _solstice_moon(year - 1)
    after = _solstice_moon(year)
    months = [_new_moon_day(moon) for moon in range(before, after + 1)]
    wanted = number + 1
    if len(months) == 14:
        leap = next(at for at in range(1, 13) if not _has_major_term(months[at], months[at + 1]))
        wanted += leap <= wanted
    return date.fromordinal(months[wanted])


def _solstice_moon(year: int) -> int:
    """The number of the new moon that begins the month of the winter solstice of a year."""
    solstice = _day_of_longitude(270, date(year, 12, 21).toordinal()).toordinal()
    moon = floor((solstice - date(2000, 1, 6).toordinal()) / _SYNODIC_DAYS) + 1
    while _new_moon_day(moon) > solstice:
        moon -= 1
    return moon


def _has_major_term(first: int, following: int) -> bool:
    """Whether the sun passes a multiple of 30° within these days, from midnight to midnight."""
    return floor(_longitude(_midnight(first)) / 30) != floor(_longitude(_midnight(following)) / 30)


def _midnight(ordinal: int) -> float:
    """The Julian day, in dynamical time, at which a day begins in Beijing."""
    return ordinal + _JULIAN_DAY_OF_ORDINAL_0 - _BEIJING_DAYS + _delta(ordinal)


def _delta(ordinal: int) -> float:
    """Dynamical minus civil time in days: 69 s in 2020, about 0.6 s more a year from then on."""
    return (69 + 0.6 * max(0, (ordinal - date(2020, 1, 1).toordinal()) / 365.25)) / 86400


def _day_in_beijing(julian: float) -> int:
    ordinal = julian - _JULIAN_DAY_OF_ORDINAL_0
    return floor(ordinal + _BEIJING_DAYS - _delta(floor(ordinal)))


def _day_of_longitude(degrees: float, near: int) -> date:
    julian = near + _JULIAN_DAY_OF_ORDINAL_0 + 0.5
    for _ in range(5):
        away = (degrees - _longitude(julian) + 180) % 360 - 180
        julian += away * _TROPICAL_DAYS / 360
    return date.fromordinal(_day_in_beijing(julian))


def _longitude(julian: float) -> float:
    """The sun's apparent longitude in degrees (Meeus 25, low accuracy: 0.01°)."""
    t = (julian - 2451545.0) / 36525
    mean = 280.46646 + 36000.76983 * t + 0.0003032 * t * t
    anomaly = radians(357.52911 + 35999.05029 * t - 0.0001537 * t * t)
    centre = (
        (1.914602 - 0.004817 * t - 0.000014 * t * t) * sin(anomaly)
        + (0.019993 - 0.000101 * t) * sin(2 * anomaly)
        + 0.000289 * sin(3 * anomaly)
    )
    node = radians(125.04 - 1934.136 * t)
    return (mean + centre - 0.00569 - 0.00478 * sin(node)) % 360


@lru_cache(maxsize=4096)
def _new_moon_day(moon: int) -> int:
    """The day, as an ordinal, of the new moon of this number (0: 6 January 2000)."""
    k = float(moon)
    t = k / 1236.85
    mean = 2451550.09766 + _SYNODIC_DAYS * k + 0.00015437 * t * t
    e = 1 - 0.002516 * t - 0.0000074 * t * t
    sun = radians(2.5534 + 29.10535670 * k - 0.0000014 * t * t)
    anomaly = radians(201.5643 + 385.81693528 * k + 0.0107582 * t * t)
    latitude = radians(160.7108 + 390.67050284 * k - 0.0016118 * t * t)
    node = radians(124.7746 - 1.56375588 * k + 0.0020672 * t * t)
    shift = sum(
        factor * e**power * sin(s * sun + m * anomaly + f * latitude + n * node)
        for factor, s, m, f, n, power in _NEW_MOON_TERMS
    )
    planets = 0.000325 * sin(radians(299.77 + 0.107408 * k - 0.009173 * t * t))
    return _day_in_beijing(mean + shift + planets)
