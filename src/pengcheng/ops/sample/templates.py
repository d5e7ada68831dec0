"""Synthetic demands, made of the sample's own situations, streets and communities."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from pengcheng.kernel.time import CITY_ZONE
from pengcheng.ops.sample import _content, _points
from pengcheng.ops.sample._seeds import pick, stream
from pengcheng.ops.sample.model import Message, Outline
from pengcheng.ops.sample.outlines import Outlines

FIRST_DAY = datetime(2026, 1, 5, tzinfo=CITY_ZONE)
WITHOUT_PLACE_SHARE = 0.2
CROWD_SHARE = 0.06
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
    pack: Path, outlines: Outlines, seed: int, count: int, *, area: str = "",
    known: Sequence[Situation] = (),
) -> tuple[Message, ...]:  # fmt: skip
    """`count` synthetic demands, no two alike, every situation (or each of those given) about as
    often as the others, in the whole city or in the cells whose codes begin with `area`.

    Some matters are told by several authors within hours, as a burst pipe or a noisy site is.
    """
    chance = stream(seed, "synthetic messages")
    writer = _Writer(pack, outlines, area)
    known = known or situations(pack)
    made: list[Message] = []
    told: set[str] = set()
    number = 0
    while len(made) < count:
        matter = writer.matter(number, known[number % len(known)], chance)
        number += 1
        for _ in range(_reports(chance)):
            message = writer.message(len(made) + 1, matter, chance)
            if message.body not in told and len(made) < count:
                told.add(message.body)
                made.append(message)
    return tuple(made)


def crowd_messages(
    pack: Path, outlines: Outlines, seed: int, area: str, levels: Sequence[str], count: int
) -> tuple[Message, ...]:
    """`count` reports of one matter of a category, by as many authors, at one place in an area."""
    chance = stream(seed, f"crowd {area}")
    writer = _Writer(pack, outlines, area)
    situation = next(
        one for one in situations(pack) if [one.level1, one.level2, one.level3] == list(levels)
    )
    matter = writer.matter(0, situation, chance)
    while matter.point is None:
        matter = writer.matter(0, situation, chance)
    return tuple(writer.message(number, matter, chance) for number in range(1, count + 1))


class _Matter(msgspec.Struct, frozen=True):
    """One matter at one place, before somebody tells of it."""

    code: str
    situation: Situation
    wording: int
    cell: Outline
    point: tuple[float, float] | None
    first_at: datetime
    places: Mapping[str, str]


class _Writer:
    def __init__(self, pack: Path, outlines: Outlines, area: str = "") -> None:
        phrases: Mapping[str, Any] = _content.document(pack, "demands.yaml")
        roads: Mapping[str, str] = _content.document(pack, "names.yaml")["roads"]
        self._openings: Sequence[str] = phrases["openings"]
        self._closings: Sequence[str] = phrases["closings"]
        self._estates: Sequence[str] = phrases["estates"]
        self._stems = (roads["first"], roads["second"])
        self._cells = [cell for cell in outlines.at("grid") if cell.code.startswith(area)]
        self._outlines = outlines

    def matter(self, number: int, situation: Situation, chance: np.random.Generator) -> _Matter:
        cell = pick(chance, self._cells)
        has_place = chance.random() >= WITHOUT_PLACE_SHARE
        area = self._outlines.geometry(cell.code)
        return _Matter(
            code=f"matter-{number:05}",
            situation=situation,
            wording=int(chance.integers(len(situation.subjects))),
            cell=cell,
            point=_points.within(area, chance) if has_place else None,
            first_at=_moment(chance),
            places=self._places(cell, chance),
        )

    def message(self, number: int, matter: _Matter, chance: np.random.Generator) -> Message:
        opening, closing = pick(chance, self._openings), pick(chance, self._closings)
        body = opening + matter.situation.bodies[matter.wording] + closing
        subject = matter.situation.subjects[matter.wording].format_map(matter.places)
        district = matter.cell.code[:6] + "000000"
        where = self._outlines.by_code[district].name
        later = timedelta(minutes=int(chance.exponential(90)))
        return Message(
            key=f"synthetic-{number:05}",
            subject=f"{where}{subject}" if matter.point else subject,
            body=body.format_map(matter.places),
            created_at=matter.first_at + later,
            author=f"synthetic-{int(chance.integers(100000)):05}",
            district=district if matter.point else None,
            point=_near(matter.point, chance) if matter.point else None,
            source="synthetic",
            level1=matter.situation.level1,
            matter=matter.code,
            levels=(matter.situation.level1, matter.situation.level2, matter.situation.level3),
            grid=matter.cell.code if matter.point else None,
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


def _reports(chance: np.random.Generator) -> int:
    """How many tell of one matter: mostly one, now and then a crowd."""
    return int(chance.integers(3, 9)) if chance.random() < CROWD_SHARE else 1


def _near(point: tuple[float, float], chance: np.random.Generator) -> tuple[float, float]:
    """Some tens of metres off: nobody points at exactly the same spot."""
    east, north = chance.normal(0, 0.0003, 2)
    return round(point[0] + float(east), 6), round(point[1] + float(north), 6)


def _moment(chance: np.random.Generator) -> datetime:
    """A moment of a year, more by day than by night (two thirds between 8 and 18 o'clock)."""
    hour = chance.normal(14, 4.5) % 24
    return FIRST_DAY + timedelta(days=int(chance.integers(300)), seconds=int(hour * 3600))
