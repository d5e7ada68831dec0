"""indicators.yaml becomes the registry's measures: of cases, of events, of records of objects."""

from collections.abc import Mapping

import msgspec

from pengcheng.engines.feel import Vocabulary, asks_clock, attempt_expression
from pengcheng.kernel.authz import PERSONAL
from pengcheng.kernel.indicators import Indicator
from pengcheng.kernel.registry import RecordType
from pengcheng.pack.expressions import expression_faults
from pengcheng.pack.known import COUNTED_FIELDS, COUNTED_OF_EVENTS, COUNTED_OF_RECORDS, DIMENSIONS
from pengcheng.pack.names import Compiling
from pengcheng.pack.nodes import Document
from pengcheng.pack.shapes_figures import IndicatorsFile, IndicatorShape

NEEDED: Mapping[str, tuple[str, ...]] = {
    "count": ("of",), "share": ("of", "where"), "mean": ("of", "value"), "sum": ("of", "value"),
    "latest": ("of", "value", "at"), "ratio": ("upper", "lower"),
}  # fmt: skip
"""What a measure cannot do without."""
PLACES = ("area", "district", "unit")
TIMES = ("day", "hour")
UNFIT_FOR_A_RATIO = ("of", "value", "where", "among", "at")
NOT_COUNTED = frozenset({"json", "files", "table"})
"""Kinds of attributes of which no figure is made."""
_KEYS = ("question", "unit", "target", "warning", "better", "definition")


class _Fields(msgspec.Struct, frozen=True):
    """What a figure of a type may speak of: `times` it may be counted by, `codes` it may be cut
    by, the rest in conditions."""

    names: tuple[str, ...]
    times: tuple[str, ...]
    codes: tuple[str, ...] = ()
    at: str | None = None
    hours: tuple[str, ...] = ()


def indicators(
    compiling: Compiling, document: Document, file: IndicatorsFile,
    types: Mapping[str, RecordType], known: Mapping[str, Indicator],
) -> dict[str, Indicator]:  # fmt: skip
    """The indicators of indicators.yaml; `known` are those of the packs before it."""
    made: dict[str, Indicator] = {}
    for name, shape in file.indicators.items():
        room = _Room(compiling, document, name, shape)
        if room.lacks_something() or shape.measure == "ratio":
            continue
        type_ = room.type_(types)
        if type_ is not None:
            made[name] = room.plain(type_)
    for name, shape in file.indicators.items():
        if shape.measure == "ratio" and shape.upper and shape.lower:
            found = _Room(compiling, document, name, shape).ratio({**known, **made})
            if found is not None:
                made[name] = found
    return {name: made[name] for name in file.indicators if name in made}


class _Room:
    """What compiling one indicator knows."""

    def __init__(
        self, compiling: Compiling, document: Document, name: str, shape: IndicatorShape
    ) -> None:
        self._compiling = compiling
        self._document = document
        self._name = name
        self._shape = shape

    def _at(self, *path: str | int) -> tuple[str, int]:
        return self._document.at("indicators", self._name, *path)

    def lacks_something(self) -> bool:
        """Note what the measure cannot do without, and what it has no use for."""
        shape, measure = self._shape, self._shape.measure
        lacking = [key for key in NEEDED[measure] if getattr(shape, key) is None]
        for key in lacking:
            self._compiling.faults.add(self._at(), "indicator.needs", measure=measure, name=key)
        unfit = UNFIT_FOR_A_RATIO if measure == "ratio" else ("upper", "lower")
        for key in unfit:
            if getattr(shape, key) is not None:
                at = self._at(key)
                self._compiling.faults.add(at, "indicator.unfit", measure=measure, name=key)
        return bool(lacking)

    def type_(self, types: Mapping[str, RecordType]) -> RecordType | None:
        """The type of which it is; None where there is none of the name."""
        of = self._shape.of or ""
        return types.get(of) if self._compiling.need("type", of, self._at("of")) else None

    def plain(self, type_: RecordType) -> Indicator:
        """An indicator of cases, events or records, its names resolved."""
        shape, fields = self._shape, _fields(type_)
        if shape.measure == "latest" and type_.role == "case":
            facts = {"measure": "latest", "name": type_.name}
            self._compiling.faults.add(self._at("measure"), "indicator.unfit", **facts)
        if shape.at is not None:
            self._compiling.one_of("field", shape.at, fields.times, self._at("at"))
        for key in ("value", "where", "among"):
            text = getattr(shape, key)
            if text is not None:
                self._check(text, type_, fields, self._at(key))
        at = shape.at or fields.at
        return Indicator(
            name=self._name, pack=self._compiling.pack, label=shape.name, of=type_.name,
            measure=shape.measure, value=shape.value, where=shape.where, among=shape.among,
            at=at, by=tuple(shape.by), category=self._category(type_, fields, at),
            hourly=type_.role == "case" or (at in fields.hours and shape.measure != "latest"),
            basis=shape.basis or "", **{key: getattr(shape, key) for key in _KEYS},
        )  # fmt: skip

    def _check(self, text: str, type_: RecordType, fields: _Fields, at: tuple[str, int]) -> None:
        expression_faults(self._compiling, text, at, fields.names)
        if type_.role == "case" and asks_clock(text):
            self._compiling.faults.add(at, "indicator.clock", name=type_.name)
        named = attempt_expression(text, Vocabulary()).inputs
        items = [item for item in type_.attributes if item.name in named]
        hidden = [item.name for item in items if item.sensitivity >= PERSONAL]
        if hidden:
            self._compiling.faults.add(at, "indicator.personal", names=", ".join(hidden))

    def _category(self, type_: RecordType, fields: _Fields, at: str | None) -> str | None:
        """The code attribute by which records are cut; at most one."""
        shape = self._shape
        if type_.role != "object":
            known: tuple[str, ...] = DIMENSIONS
        else:
            times = TIMES if at in fields.hours else TIMES[:1]
            known = (*PLACES, *times, *fields.codes)
        found = None
        for index, name in enumerate(shape.by):
            where = self._at("by", index)
            self._compiling.one_of("dimension", name, known, where)
            if name in fields.codes and found is not None:
                self._compiling.faults.add(where, "indicator.codes", given=name, first=found)
            elif name in fields.codes:
                found = name
        return found

    def ratio(self, known: Mapping[str, Indicator]) -> Indicator | None:
        """One figure for every so many of another."""
        shape, pair = self._shape, []
        for key in ("upper", "lower"):
            name = getattr(shape, key)
            if not self._compiling.need("indicator", name, self._at(key)) or name not in known:
                continue
            if known[name].measure not in {"count", "sum"}:
                self._compiling.faults.add(
                    self._at(key), "indicator.ratio", given=name, measure=known[name].measure
                )
            pair.append(known[name])
        if len(pair) < 2:
            return None
        shared = [one for one in pair[0].by if one in pair[1].by and one in (*PLACES, "day")]
        for index, name in enumerate(shape.by):
            self._compiling.one_of("dimension", name, shared, self._at("by", index))
        return Indicator(
            name=self._name, pack=self._compiling.pack, label=shape.name, of=pair[0].of,
            measure="ratio", at=None if pair[0].stands else pair[0].at,
            by=tuple(shape.by), upper=shape.upper, lower=shape.lower, per=shape.per,
            hourly=False, basis=shape.basis or "", **{key: getattr(shape, key) for key in _KEYS},
        )  # fmt: skip


def _fields(type_: RecordType) -> _Fields:
    if type_.role == "case":
        # Where a kind declares a name that any case has, that of any case is meant.
        own = [
            item for item in type_.attributes
            if item.kind not in NOT_COUNTED and item.name not in COUNTED_FIELDS
        ]  # fmt: skip
        times = (*COUNTED_FIELDS, *(item.name for item in own if item.kind == "instant"))
        names = (*COUNTED_FIELDS, *(item.name for item in own))
        return _Fields(names=names, times=times, at="accepted_at")
    if type_.role == "event":
        times = ("happened_at",)
        return _Fields(names=COUNTED_OF_EVENTS, times=times, at=times[0], hours=times)
    kept = [item for item in type_.attributes if item.kind not in NOT_COUNTED]
    instants = tuple(item.name for item in kept if item.kind == "instant")
    dates = tuple(item.name for item in kept if item.kind == "date")
    return _Fields(
        names=(*(item.name for item in kept), *COUNTED_OF_RECORDS),
        times=(*dates, *instants, "changed_at"),
        codes=tuple(item.name for item in kept if item.kind == "code"),
        hours=(*instants, "changed_at"),
    )
