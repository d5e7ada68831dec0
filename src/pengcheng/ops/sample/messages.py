"""Demands to replay: real messages of a given folder, or synthetic ones where there is none."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path

import numpy as np
from shapely.geometry.base import BaseGeometry

from pengcheng.kernel.time import CITY_ZONE
from pengcheng.ops.sample import _points
from pengcheng.ops.sample._masks import unmasked
from pengcheng.ops.sample._seeds import stream
from pengcheng.ops.sample.divisions import divisions
from pengcheng.ops.sample.model import Arrival, Division, Message, Messages
from pengcheng.ops.sample.outlines import Outlines
from pengcheng.ops.sample.templates import synthetic_messages

FILES = ("demands-hot-topics.csv", "demands-replied.csv", "demands-labelled.csv")
SUBJECT_LENGTH_MAX = 120
BODY_LENGTH_MAX = 4000
SYNTHETIC_COUNT = 600

_TIMES = ("%Y/%m/%d %H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y/%m/%d")

HOURS = (9, 5, 4, 3, 3, 5, 12, 26, 62, 88, 92, 78, 52, 54, 66, 74, 76, 70, 58, 52, 50, 44, 32, 18)
"""Weights of the hours of a day where no real times are at hand: a working day with an evening."""


def messages(folder: Path | None, *, pack: Path, outlines: Outlines, seed: int) -> Messages:
    """The messages of the folder's files, or synthetic ones; `source` says which.

    A file that is absent is passed over; a folder with none of them counts as absent. Rows
    without a subject or a readable time are left out.
    """
    paths = [folder / name for name in FILES if (folder / name).is_file()] if folder else []
    if not paths:
        made = synthetic_messages(pack, outlines, seed, SYNTHETIC_COUNT)
        return Messages(source="synthetic", items=made, rows_by_file={})
    reading = _Reading(pack, outlines, seed)
    read = {path.name: tuple(reading.messages(path)) for path in paths}
    items = sorted(
        (message for found in read.values() for message in found),
        key=lambda message: (message.created_at, message.key),
    )
    return Messages(
        source="real",
        items=tuple(items),
        rows_by_file={name: len(found) for name, found in read.items()},
    )


def hours_of(items: Sequence[Message]) -> tuple[float, ...]:
    """The share of each hour of the day in the messages' times; a profile of arrivals."""
    counts = np.bincount([message.created_at.hour for message in items], minlength=24)
    weights = counts if counts.sum() >= 240 else np.array(HOURS)
    return tuple(float(share) for share in weights / weights.sum())


def arrivals(
    items: Sequence[Message], *, seed: int, per_day: float, start_hour: float = 8.0
) -> Iterator[Arrival]:
    """An endless stream of arrivals: messages in a shuffled order, busy by day, quiet by night.

    `per_day` is the number of arrivals a simulated day; `start_hour` the hour at which the
    stream begins. Seconds are simulated ones: the caller divides by its speed.
    """
    chance = stream(seed, "arrivals")
    rates = [share * per_day / 3600 for share in hours_of(items)]
    fastest = max(rates)
    now = start_hour * 3600
    while True:
        for index in chance.permutation(len(items)):
            # Thinning: candidates at the busiest rate, kept with the hour's share of it.
            accepted = False
            while not accepted:
                now += float(chance.exponential(1 / fastest))
                accepted = chance.random() * fastest < rates[int(now // 3600) % 24]
            yield Arrival(after_seconds=now - start_hour * 3600, message=items[int(index)])


class _Reading:
    """Reads files of one city: its districts and their shapes, looked up once."""

    def __init__(self, pack: Path, outlines: Outlines, seed: int) -> None:
        self._districts: list[Division] = [
            division for division in divisions(pack) if division.level == "district"
        ]
        self._shapes: dict[str, BaseGeometry] = {
            district.code: outlines.geometry(district.code) for district in self._districts
        }
        self._seed = seed

    def messages(self, path: Path) -> Iterator[Message]:
        chance = stream(self._seed, f"points {path.name}")
        with path.open(encoding="utf-8-sig", newline="") as file:
            for row in csv.DictReader(file):
                message = self._message(row, path.stem, chance)
                if message:
                    yield message

    def _message(
        self, row: Mapping[str, str], stem: str, chance: np.random.Generator
    ) -> Message | None:
        created = _time(row.get("created_at", ""))
        subject = unmasked(_tidy(row.get("subject", ""), SUBJECT_LENGTH_MAX), self._districts)
        if created is None or not subject.text:
            return None
        body = unmasked(_tidy(row.get("body", ""), BODY_LENGTH_MAX), self._districts)
        district = subject.district or body.district
        return Message(
            key=f"{stem}-{row.get('message_id', '')}",
            subject=subject.text,
            body=body.text or subject.text,
            created_at=created,
            author=row.get("user_id", ""),
            district=district,
            point=_points.within(self._shapes[district], chance) if district else None,
            source="real",
            level1=row.get("category_level1"),
            reply=_reply(row, self._districts),
            replied_at=_time(row.get("replied_at", "")),
            votes=_count(row.get("for", "")),
        )


def _tidy(text: str | None, length_max: int) -> str:
    return " ".join((text or "").split())[:length_max]


def _reply(row: Mapping[str, str], districts: Sequence[Division]) -> str | None:
    text = _tidy(row.get("reply"), BODY_LENGTH_MAX)
    return unmasked(text, districts).text if text else None


def _time(text: str | None) -> datetime | None:
    for form in _TIMES:
        try:
            return datetime.strptime((text or "").strip(), form).replace(tzinfo=CITY_ZONE)
        except ValueError:
            continue
    return None


def _count(text: str | None) -> int:
    return int(text) if text and text.isdecimal() else 0
