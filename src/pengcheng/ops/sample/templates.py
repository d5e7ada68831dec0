"""Synthetic demands, made of the sample's own situations, streets and communities."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from pengcheng.ops.sample import _content, _points
from pengcheng.ops.sample._seeds import pick, stream
from pengcheng.ops.sample.model import Message, Outline
from pengcheng.ops.sample.outlines import Outlines

BEIJING = timezone(timedelta(hours=8))
FIRST_DAY = datetime(2026, 1, 5, tzinfo=BEIJING)
WITHOUT_PLACE_SHARE = 0.2
DAYS = ("周一", "周二", "周三", "周四", "周五", "周六", "周日", "昨天", "前天", "今天")


class Situation(msgspec.Struct, frozen=True):
    """What may trouble a citizen, in several wordings, with its place in the category list."""

    level1: str
    level2: str
    level3: str
    subjects: tuple[str, ...]
    bodies: tuple[str, ...]


def situations(pack: Path) -> tuple[Situation, ...]:
    """Every situation of the sample."""
    return tuple(
        Situation(level1, level2, level3, tuple(subjects), tuple(bodies))
        for level1, level2, level3, subjects, bodies in _content.document(pack, "demands.yaml")[
            "situations"
        ]
    )


def synthetic_messages(
    pack: Path, outlines: Outlines, seed: int, count: int
) -> tuple[Message, ...]:
    """`count` synthetic demands, each situation about as often as the others, no two alike."""
    chance = stream(seed, "synthetic messages")
    writer = _Writer(pack, outlines)
    known = situations(pack)
    made: list[Message] = []
    told: set[str] = set()
    while len(made) < count:
        situation = known[len(made) % len(known)]
        message = writer.message(len(made) + 1, situation, chance)
        if message.body not in told:
            told.add(message.body)
            made.append(message)
    return tuple(made)


class _Writer:
    def __init__(self, pack: Path, outlines: Outlines) -> None:
        phrases: Mapping[str, Any] = _content.document(pack, "demands.yaml")
        roads: Mapping[str, str] = _content.document(pack, "names.yaml")["roads"]
        self._openings: Sequence[str] = phrases["openings"]
        self._closings: Sequence[str] = phrases["closings"]
        self._estates: Sequence[str] = phrases["estates"]
        self._stems = (roads["first"], roads["second"])
        self._cells = outlines.at("grid")
        self._outlines = outlines

    def message(self, number: int, situation: Situation, chance: np.random.Generator) -> Message:
        cell = pick(chance, self._cells)
        has_place = chance.random() >= WITHOUT_PLACE_SHARE
        places = self._places(cell, chance)
        body = "".join(
            pick(chance, phrases) for phrases in (self._openings, situation.bodies, self._closings)
        ).format_map(places)
        subject = pick(chance, situation.subjects).format_map(places)
        district = cell.code[:6] + "000000"
        where = self._outlines.by_code[district].name
        return Message(
            key=f"synthetic-{number:05}",
            subject=f"{where}{subject}" if has_place else subject,
            body=body,
            created_at=_moment(chance),
            author=f"synthetic-{int(chance.integers(100000)):05}",
            district=district if has_place else None,
            point=_points.within(self._outlines.geometry(cell.code), chance) if has_place else None,
            source="synthetic",
            level1=situation.level1,
        )

    def _places(self, cell: Outline, chance: np.random.Generator) -> dict[str, str]:
        community = self._outlines.by_code[cell.code[:12]]
        return {
            "road": pick(chance, self._stems[0]) + pick(chance, self._stems[1]) + "路",
            "community": community.name,
            "estate": pick(chance, self._estates),
            "hour": str(int(chance.integers(20, 24))),
            "count": str(int(chance.integers(3, 60))),
            "days": str(int(chance.integers(2, 20))),
            "day": pick(chance, DAYS),
        }


def _moment(chance: np.random.Generator) -> datetime:
    """A moment of a year, more by day than by night (two thirds between 8 and 18 o'clock)."""
    hour = chance.normal(14, 4.5) % 24
    return FIRST_DAY + timedelta(days=int(chance.integers(300)), seconds=int(hour * 3600))
