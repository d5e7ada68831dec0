"""recurring.yaml becomes the registry's recurring work: what comes again for which objects."""

from collections.abc import Mapping
from typing import get_args

from pengcheng.engines.feel import Vocabulary, attempt_expression
from pengcheng.kernel.recurring import RECURRING_FACTS, Every, Recurring
from pengcheng.kernel.registry import RecordType
from pengcheng.pack.compiling_types import promise
from pengcheng.pack.expressions import expression_faults
from pengcheng.pack.names import Compiling
from pengcheng.pack.nodes import Document
from pengcheng.pack.shapes_figures import RecurringFile, RecurringShape

DAYS_OF: Mapping[Every, int] = {"week": 7, "month": 31, "quarter": 92, "year": 366}
"""How many days a calendar unit has at most; a day later than its last is its last."""


def recurring(
    compiling: Compiling, document: Document, file: RecurringFile, types: Mapping[str, RecordType]
) -> dict[str, Recurring]:
    """The recurring work of a pack; what is wrong is told and left out."""
    made = {}
    for name, shape in file.recurring.items():
        room = _Room(compiling, document, name, shape, types)
        found = room.types()
        amount, unit = _period(shape.every)
        room.check_period(amount, unit)
        if found is None:
            continue
        room.check(*found)
        made[name] = Recurring(
            name=name, pack=compiling.pack, label=shape.name, of=shape.of, opens=shape.opens,
            link=shape.link, amount=amount, unit=unit, where=shape.where, since=shape.since,
            on=shape.on, early=shape.early, who=shape.who, values=dict(shape.set),
            within=promise(shape.within) if shape.within else None, basis=shape.basis or "",
        )  # fmt: skip
    return made


def _period(text: str) -> tuple[int, Every]:
    amount, _, unit = text.rpartition(" ")
    return int(amount or 1), next(one for one in get_args(Every) if unit.startswith(one))


class _Room:
    """What compiling one recurring work knows."""

    def __init__(
        self, compiling: Compiling, document: Document, name: str, shape: RecurringShape,
        types: Mapping[str, RecordType],
    ) -> None:  # fmt: skip
        self._compiling = compiling
        self._document = document
        self._name = name
        self._shape = shape
        self._types = types

    def _at(self, *path: str) -> tuple[str, int]:
        return self._document.at("recurring", self._name, *path)

    def types(self) -> tuple[RecordType, RecordType] | None:
        """The object type, and the kind of case that is opened."""
        shape, compiling = self._shape, self._compiling
        is_object = compiling.need("object type", shape.of, self._at("of"))
        is_case = compiling.need("case kind", shape.opens, self._at("opens"))
        if not is_object or not is_case:
            return None
        found = self._types.get(shape.of), self._types.get(shape.opens)
        return (found[0], found[1]) if found[0] and found[1] else None

    def check_period(self, amount: int, unit: Every) -> None:
        """Note a day of the calendar that no period has."""
        shape, most = self._shape, DAYS_OF.get(unit, 0)
        if shape.on is None:
            return
        if amount != 1 or not most or shape.on > most or shape.since is not None:
            self._compiling.faults.add(self._at("on"), "recurring.on", allowed=DAYS_OF)

    def check(self, of: RecordType, case: RecordType) -> None:
        """Note what is wrong with the names in it."""
        shape, compiling = self._shape, self._compiling
        names = (*(item.name for item in of.attributes), *RECURRING_FACTS)
        if shape.where is not None:
            expression_faults(compiling, shape.where, self._at("where"), names)
        if shape.since is not None:
            dates = [item.name for item in of.attributes if item.kind in {"date", "instant"}]
            compiling.one_of("attribute", shape.since, dates, self._at("since"))
        links = [item.name for item in case.attributes if item.to == of.name]
        compiling.one_of("field", shape.link, links, self._at("link"))
        fields = {item.name: item for item in case.attributes if item.computed is None}
        for key, text in shape.set.items():
            at = self._at("set", key)
            if compiling.one_of("field", key, fields, at):
                expression_faults(compiling, text, at, names)
                named = attempt_expression(text, Vocabulary()).inputs
                items = [item for item in of.attributes if item.name in named]
                hidden = [one.name for one in items if one.sensitivity > fields[key].sensitivity]
                if hidden:
                    compiling.faults.add(at, "effect.sensitivity", names=", ".join(hidden))
        given = {*shape.set, shape.link}
        missing = [
            item.name
            for item in fields.values()
            if item.required and item.default is None and item.name not in given
        ]
        if missing:
            compiling.faults.add(self._at("set"), "recurring.needs", allowed=missing)
