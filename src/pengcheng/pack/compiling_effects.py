"""Effects of cases on objects: which action makes or changes which record, and with what."""

from collections.abc import Mapping

from pengcheng.engines.feel import Vocabulary, attempt_expression
from pengcheng.kernel.effects import EFFECT_FACTS, Effect
from pengcheng.kernel.registry import Attribute, Process, RecordType
from pengcheng.pack.expressions import expression_faults
from pengcheng.pack.known import EXPIRE
from pengcheng.pack.names import Compiling
from pengcheng.pack.nodes import Document
from pengcheng.pack.shapes_work import CaseShape, EffectShape

Types = Mapping[str, RecordType]


def effects(
    compiling: Compiling, document: Document, shape: CaseShape, process: Process | None,
    types: Types,
) -> tuple[Effect, ...]:  # fmt: skip
    """The effects of a case kind; those that are wrong are told and left out."""
    made = []
    for name, told in shape.effects.items():
        room = _Room(compiling, document, types, types[shape.type])
        actions = _by_people(process) if process else (told.on,)
        at = document.at("case", "effects", name, "on")
        compiling.one_of("action", told.on, actions, at)
        target = room.target(name, told)
        if target is None:
            continue
        room.check(name, told, target)
        made.append(Effect(
            name=name, label=told.name, on=told.on, type=target.name, values=dict(told.set),
            when=told.when, changes=told.changes, keeps=told.keeps, place=told.place,
            owned=told.owned,
        ))  # fmt: skip
    return tuple(made)


def _by_people(process: Process) -> tuple[str, ...]:
    """Actions that only people do: not those of an automatic step, nor the clock's own."""
    automatic = {name for step in process.steps if step.kind == "service" for name in step.actions}
    found = (name for step in process.steps for name in step.actions)
    return tuple(dict.fromkeys(one for one in found if one not in automatic and one != EXPIRE))


class _Room:
    """What checking the effects of one case kind knows."""

    def __init__(
        self, compiling: Compiling, document: Document, types: Types, case: RecordType
    ) -> None:
        self._compiling = compiling
        self._document = document
        self._types = types
        self._case = case

    def _at(self, *path: str) -> tuple[str, int]:
        return self._document.at("case", "effects", *path)

    def target(self, name: str, told: EffectShape) -> RecordType | None:
        """The object type that an effect makes or changes records of."""
        if (told.creates is None) == (told.changes is None):
            self._compiling.faults.add(self._at(name), "effect.creates_or_changes")
            return None
        if told.creates is not None:
            known = self._compiling.need("object type", told.creates, self._at(name, "creates"))
            found = self._types.get(told.creates) if known else None
        else:
            found = self._named_by(told.changes or "", self._at(name, "changes"), None)
        if found is not None and told.keeps is not None:
            self._named_by(told.keeps, self._at(name, "keeps"), found)
        return found

    def _named_by(
        self, field: str, at: tuple[str, int], wanted: RecordType | None
    ) -> RecordType | None:
        """The object type to which a field of the case leads."""
        many = {item.name for item in self._case.attributes if item.many}
        targets = ((item.name, self._types.get(item.to or "")) for item in self._case.attributes)
        fields = {
            name: target
            for name, target in targets
            if target is not None and target.role == "object" and name not in many
            if wanted is None or target.name == wanted.name
        }
        return fields[field] if self._compiling.one_of("field", field, fields, at) else None

    def check(self, name: str, told: EffectShape, target: RecordType) -> None:
        """Note what is wrong with the values of an effect."""
        fields = [item.name for item in self._case.attributes]
        names = tuple(dict.fromkeys((*fields, *EFFECT_FACTS)))
        if told.when is not None:
            expression_faults(self._compiling, told.when, self._at(name, "when"), names)
        writable = {item.name: item for item in target.attributes if item.computed is None}
        for key, text in told.set.items():
            at = self._at(name, "set", key)
            if self._compiling.one_of("attribute", key, writable, at):
                expression_faults(self._compiling, text, at, names)
                self._hide(text, writable[key], at)
        if told.changes is not None:
            for key, given in (("keeps", told.keeps), ("place", told.place), ("owned", told.owned)):
                if given:
                    self._compiling.faults.add(self._at(name), "effect.unfit", name=key)
            return
        missing = [
            item.name
            for item in writable.values()
            if item.required and item.default is None and item.name not in told.set
        ]
        if missing:
            self._compiling.faults.add(self._at(name, "set"), "effect.needs", allowed=missing)
        if target.code_pattern is None:
            self._compiling.faults.add(self._at(name), "effect.code", given=target.name)
        if told.place and (target.place != "point" or self._case.place != "point"):
            self._compiling.faults.add(self._at(name, "place"), "effect.place")

    def _hide(self, text: str, attribute: Attribute, at: tuple[str, int]) -> None:
        named = attempt_expression(text, Vocabulary()).inputs
        items = [item for item in self._case.attributes if item.name in named]
        above = [item.name for item in items if item.sensitivity > attribute.sensitivity]
        if above:
            self._compiling.faults.add(at, "effect.sensitivity", names=", ".join(above))
