"""Are two demands one matter? Likeness of words, tempered by place, time and category."""

from datetime import datetime
from functools import lru_cache
from math import asin, cos, exp, radians, sin, sqrt

from packs.citizen_demands.algorithms.texts import Row, Rows, rarity, text_of, why
from pengcheng.pack import Likeness, Trace, alike, keys_of, trace

SAME_MIN = 0.5
CANDIDATES_MAX = 500
_EARTH_METRES = 6_371_000
_STEEP = 9.0
_ENOUGH = 0.78


def keys_for(rows: Rows) -> Rows:
    """The numbers under which each demand is filed and its candidates are sought."""
    return [{"keys": keys_of(*_parts(row), rarity())} for row in rows]


def same_matter(rows: Rows) -> Rows:
    """For each row {"demand", "candidates"}: the candidates by score, with `same` and reasons."""
    return [{"matches": _matches(row["demand"], row["candidates"])} for row in rows]


def _matches(demand: Row, candidates: Rows) -> Rows:
    mine = _traced(*_parts(demand))
    said = [_match(demand, mine, other) for other in candidates[:CANDIDATES_MAX]]
    return sorted(said, key=lambda one: -one["score"])


@lru_cache(maxsize=512)
def _traced(subject: str, body: str) -> Trace:
    """The trace of a text; a mass event's first reports are candidates again and again."""
    return trace(subject, body, rarity())


def _match(demand: Row, mine: Trace, other: Row) -> Row:
    likeness = alike(mine, _traced(*_parts(other)))
    metres, days = _metres(demand, other), _days(demand, other)
    value = likeness.subject + likeness.whole + 0.25 * likeness.contained
    shift = _by_place(metres) + _by_time(days) + _by_category(demand, other)
    score = 1 / (1 + exp(-_STEEP * (value - _ENOUGH + shift)))
    return {
        "id": other.get("id"),
        "score": round(score, 4),
        "same": score >= SAME_MIN,
        "why": _reasons(likeness, metres, days),
    }


def _by_place(metres: float | None) -> float:
    """Near by speaks for one matter, far away against; an unknown place says nothing."""
    if metres is None:
        return 0.0
    return 0.06 if metres <= 300 else 0.03 if metres <= 800 else -0.1 if metres <= 2000 else -0.45


def _by_time(days: float | None) -> float:
    return 0.0 if days is None or days <= 30 else -0.05 if days <= 180 else -0.12


def _by_category(demand: Row, other: Row) -> float:
    one, two = demand.get("level1"), other.get("level1")
    return 0.0 if not one or not two or one == two else -0.15


def _reasons(likeness: Likeness, metres: float | None, days: float | None) -> Rows:
    shared = "、".join(likeness.shared) or "—"
    percent = round(100 * max(likeness.whole, likeness.subject))
    told = [
        why(
            "similar",
            f"文字相似 {percent}%，共同用字：{shared}",
            f"{percent}% alike; shared pieces: {shared}",
        )
    ]
    if metres is not None:
        told.append(why("similar", f"相距 {metres:.0f} 米", f"{metres:.0f} metres apart"))
    if days is not None:
        told.append(why("similar", f"相隔 {days:.1f} 天", f"{days:.1f} days apart"))
    return told


def _parts(row: Row) -> tuple[str, str]:
    text = text_of(row)
    return text.subject, text.body


def _metres(one: Row, other: Row) -> float | None:
    values = [one.get("lon"), one.get("lat"), other.get("lon"), other.get("lat")]
    if not all(isinstance(value, int | float) for value in values):
        return None
    lon1, lat1, lon2, lat2 = (radians(float(str(value))) for value in values)
    half = sin((lat2 - lat1) / 2) ** 2 + cos(lat1) * cos(lat2) * sin((lon2 - lon1) / 2) ** 2
    return 2 * _EARTH_METRES * asin(sqrt(min(1.0, half)))


def _days(one: Row, other: Row) -> float | None:
    moments = [_moment(one.get("at")), _moment(other.get("at"))]
    first, second = moments
    if first is None or second is None or (first.tzinfo is None) != (second.tzinfo is None):
        return None
    return abs((first - second).total_seconds()) / 86_400


def _moment(value: object) -> datetime | None:
    if isinstance(value, datetime):
        return value
    try:
        return datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
