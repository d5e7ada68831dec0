"""Are two demands one matter? Likeness of words, tempered by place, time and category."""

from collections import Counter
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
# Measured by `./bench classifier` on real messages: in time order, reports of one matter that come
# to lie in one event are twice as many as without, and as surely of one matter.
_SPEAKS_MIN = 0.03
_FAR = 2001.0
_TOGETHER = 3.0


def keys_for(rows: Rows) -> Rows:
    """The numbers under which each demand is filed and its candidates are sought."""
    return [{"keys": keys_of(*_parts(row), rarity())} for row in rows]


def same_matter(rows: Rows) -> Rows:
    """For each row {"demand", "candidates"}: the candidates by score, with `same` and reasons."""
    return [{"matches": _matches(row["demand"], row["candidates"])} for row in rows]


def _matches(demand: Row, candidates: Rows) -> Rows:
    mine = _traced(*_parts(demand))
    said = [_match(demand, mine, other) for other in candidates[:CANDIDATES_MAX]]
    return sorted(_supported(said, candidates), key=lambda one: -one["score"])


def _supported(said: Rows, candidates: Rows) -> Rows:
    """A report that is a little like each of several reports of one event is of that event, though
    it is not surely like any of them: every author words a mass matter in another way."""
    events = [other.get("event") for other in candidates[:CANDIDATES_MAX]]
    alike_of = Counter(
        event for event, one in zip(events, said, strict=True)
        if event is not None and one["score"] >= _SPEAKS_MIN
    )  # fmt: skip
    return [
        _raised(one, alike_of[event] - 1) if event is not None else one
        for event, one in zip(events, said, strict=True)
    ]


def _raised(one: Row, others: int) -> Row:
    """A match to which `others` reports of the same event, more than one, speak too."""
    if others < 2 or not _SPEAKS_MIN <= one["score"] < 1:
        return one
    odds = one["score"] / (1 - one["score"]) * others**_TOGETHER
    score = round(odds / (1 + odds), 4)
    told = why(
        "similar",
        f"同一事件中另有 {others} 件与之相近",
        f"{others} other reports of the same event are close to it",
    )
    return {**one, "score": score, "same": score >= SAME_MIN, "why": [*one["why"], told]}


@lru_cache(maxsize=2048)
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
        "why": _reasons(likeness, metres, days, _otherwise(score, value)),
    }


def _otherwise(score: float, value: float) -> dict[str, str]:
    """What would part the two: a lower score, and where that is so, a place far away."""
    least, now = f"{SAME_MIN:.0%}", f"{score:.0%}"
    far = 1 / (1 + exp(-_STEEP * (value - _ENOUGH + _by_place(_FAR)))) < SAME_MIN
    return {
        "zh": f"把握低于 {least}（现为 {now}）就各办各的"
        + ("；两处相距两公里以上即如此" if far else ""),
        "en": f"Below {least} (now {now}) each would stand alone"
        + ("; so it would be two kilometres apart" if far else ""),
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


def _reasons(
    likeness: Likeness, metres: float | None, days: float | None, otherwise: dict[str, str]
) -> Rows:
    shared = "、".join(likeness.shared) or "—"
    percent = round(100 * max(likeness.whole, likeness.subject))
    told = [
        why(
            "similar",
            f"文字相似 {percent}%，共同用字：{shared}",
            f"{percent}% alike; shared pieces: {shared}",
            changed_by=otherwise,
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
