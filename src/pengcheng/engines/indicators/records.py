"""What a record or an event counts for, by the declaration; and keeping that true. A change moves
the difference: of a figure that stands, from the day on which it happens."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID

import msgspec

from pengcheng.engines.feel import asks_clock, compile_expression
from pengcheng.engines.indicators import _store, _store_records
from pengcheng.engines.indicators.counting import number, sub_district, told
from pengcheng.engines.indicators.model import ANY, CountedRow
from pengcheng.ground.database import Work
from pengcheng.kernel.errors import Refusal
from pengcheng.kernel.indicators import Indicator
from pengcheng.kernel.time import CITY_ZONE, Clock, city_day

Cells = dict[tuple[Any, ...], tuple[float, float]]
CATEGORY_OF_EVENTS = "category"


class RecordMeasure:
    """A declared indicator of records or events with its conditions compiled. With `asks_clock` it
    is counted anew each day: a row may count otherwise though nothing happened to it."""

    def __init__(self, declared: Indicator, clock: Clock) -> None:
        self.declared = declared
        self.asks_clock = asks_clock(declared.among, declared.where, declared.value)
        self._clock = clock
        self._among = _compiled(declared.among, clock)
        self._where = _compiled(declared.where, clock)
        self._value = _compiled(declared.value, clock)

    def day(self, told_on: date) -> date:
        """The day on which a change that was told on a day counts: what asks the clock is how it
        is now, whenever that was told."""
        return city_day(self._clock.now()) if self.asks_clock else told_on

    def row(self, key: UUID, found: Mapping[str, Any]) -> CountedRow | None:
        """What a row counts for; None when it does not count."""
        declared = self.declared
        at = _instant(found["changed_at"] if declared.at is None else found.get(declared.at))
        numerator = self._numerator(found)
        if at is None or numerator is None:
            return None
        local = at.astimezone(CITY_ZONE)
        unit = found["organisation_no"]
        return CountedRow(
            record_id=key, indicator=declared.name, at=at, day=local.date(),
            hour=local.hour if declared.hourly else 0, area_no=sub_district(found["area_no"]),
            organisation_no=ANY if unit is None else unit, category=self._category(found),
            numerator=numerator, denominator=1.0,
        )  # fmt: skip

    def _numerator(self, found: Mapping[str, Any]) -> float | None:
        if self._among is not None and not self._among.holds(found):
            return None
        is_met = self._where is None or self._where.holds(found)
        if self.declared.measure == "share":
            return float(is_met)
        if not is_met:
            return None
        return 1.0 if self._value is None else self._value.number(found)

    def _category(self, found: Mapping[str, Any]) -> str:
        name = self.declared.category or CATEGORY_OF_EVENTS
        value = found.get(name) if self.declared.category or "cases" in found else None
        return str(value or "").split("/")[0]


class _Condition:
    """An expression over a row; what cannot be told is neither true nor a number."""

    def __init__(self, text: str, clock: Clock) -> None:
        self._expression = compile_expression(text)
        self._clock = clock

    def holds(self, found: Mapping[str, Any]) -> bool:
        return self._of(found) is True

    def number(self, found: Mapping[str, Any]) -> float | None:
        return number(self._of(found))

    def _of(self, found: Mapping[str, Any]) -> Any:
        facts = {name: told(found.get(name)) for name in self._expression.inputs}
        try:
            return self._expression.evaluate(facts, clock=self._clock)
        except Refusal:
            return None


def _compiled(text: str | None, clock: Clock) -> _Condition | None:
    return _Condition(text, clock) if text else None


def _instant(value: Any) -> datetime | None:
    """The instant of a value; a date is its midnight in the city."""
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    is_date = isinstance(value, date)
    return datetime.combine(value, time(), CITY_ZONE).astimezone(UTC) if is_date else None


async def recount(
    work: Work, type_name: str, measures: Sequence[RecordMeasure], ids: Sequence[UUID],
    found: Mapping[UUID, Mapping[str, Any]], today: date,
) -> None:  # fmt: skip
    """Count these rows of a type anew, as they stand (`found`; what is not there counts no
    longer)."""
    await _store_records.lock(work, type_name)
    before = await _store_records.rows_of(work, ids, [item.declared.name for item in measures])
    after: dict[tuple[UUID, str], CountedRow] = {}
    days = {item.declared.name: item.day(today) for item in measures}
    for item in measures:
        for record_id, facts in found.items():
            made = item.row(record_id, facts)
            if made is not None:
                stood = _stood(item.declared, made, before, days[made.indicator])
                after[record_id, item.declared.name] = stood
    cells: Cells = {}
    declared = {item.declared.name: item.declared for item in measures}
    for key, row in before.items():
        if after.get(key) != row:
            _move(cells, declared[row.indicator], row, -1.0, days[row.indicator])
    for key, row in after.items():
        if before.get(key) != row:
            _move(cells, declared[row.indicator], row, 1.0, days[row.indicator])
    moved = {key: value for key, value in cells.items() if value != (0.0, 0.0)}
    await _store.add(work, moved)
    await _store_records.keep(work, [row for key, row in after.items() if before.get(key) != row])
    await _store_records.drop(work, [key for key in before if key not in after])


def _stood(
    declared: Indicator, made: CountedRow, before: Mapping[tuple[UUID, str], CountedRow],
    today: date,
) -> CountedRow:  # fmt: skip
    """A row of a figure that stands is dated by the day since which it counts as it does."""
    if declared.at is not None:
        return made
    old = before.get((made.record_id, declared.name))
    day = old.day if old is not None and _counts_alike(old, made) else today
    return msgspec.structs.replace(made, day=day, at=old.at if old and day == old.day else made.at)


def _counts_alike(one: CountedRow, other: CountedRow) -> bool:
    return one.counts_for == other.counts_for


def _move(cells: Cells, declared: Indicator, row: CountedRow, sign: float, today: date) -> None:
    day = today if declared.at is None else row.day
    key = (row.indicator, day, row.hour, *row.counts_for[:3])
    n, d = cells.get(key, (0.0, 0.0))
    cells[key] = (n + sign * row.numerator, d + sign * row.denominator)
