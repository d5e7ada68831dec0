"""What follows from several attributes together: rules of a record and computed values."""

from collections.abc import Iterable, Mapping, Sequence

from pengcheng.engines.feel import Vocabulary, asks_clock, attempt_expression
from pengcheng.kernel.registry import Attribute, RecordRule, RecordType
from pengcheng.pack.expressions import expression_faults
from pengcheng.pack.names import Compiling
from pengcheng.pack.nodes import Document
from pengcheng.pack.shapes import AttributeShape, RuleShape
from pengcheng.pack.shapes_work import ScreensFile

COMPUTED_KINDS = ("text", "long_text", "integer", "number", "boolean", "date", "code")
"""Kinds whose values an expression can give."""
Path = tuple[str, ...]


def rules(
    compiling: Compiling, document: Document, path: Path, shapes: Mapping[str, RuleShape],
    attributes: Sequence[Attribute],
) -> tuple[RecordRule, ...]:  # fmt: skip
    """The rules of a type; each names attributes of it."""
    known = tuple(item.name for item in attributes)
    made = []
    for name, shape in shapes.items():
        where = document.at(*path, name, "holds")
        expression_faults(compiling, shape.holds, where, (*known, *_columns(attributes)))
        named = [
            one for one in attempt_expression(shape.holds, Vocabulary()).inputs if one in known
        ]
        if not named:
            compiling.faults.add(where, "rule.names_nothing", allowed=known)
            continue
        if shape.at is not None:
            compiling.one_of("attribute", shape.at, known, document.at(*path, name, "at"))
        at = shape.at or named[-1]
        made.append(RecordRule(name=name, holds=shape.holds, message=shape.message, at=at))
    return tuple(made)


def _columns(attributes: Iterable[Attribute]) -> list[str]:
    """Names that a filter of rows (`people[tie = "head"]`) may speak of."""
    return [column.name for item in attributes for column in item.columns]


def forms(
    compiling: Compiling, document: Document, file: ScreensFile, types: Mapping[str, RecordType]
) -> None:
    """Note where a form asks for what is computed."""
    for name, shape in file.screens.items():
        type_ = types.get(shape.of or "")
        for at, page in enumerate(shape.pages if type_ else ()):
            for index, field in enumerate(page.fields):
                item = type_.attribute(field) if type_ else None
                if item is not None and item.computed is not None:
                    where = document.at("screens", name, "pages", at, "fields", index)
                    compiling.faults.add(where, "computed.asked", given=field)


def computed(
    compiling: Compiling, document: Document, path: Path, shapes: Mapping[str, AttributeShape],
    attributes: Sequence[Attribute],
) -> None:  # fmt: skip
    """Note what is wrong with the computed ones among the attributes of a type."""
    by_name = {item.name: item for item in attributes}
    for name, shape in shapes.items():
        if shape.computed is None:
            continue
        at = document.at(*path, name, "computed")
        before = [one for one in by_name if one != name and by_name[one].computed is None]
        before += [one for one in list(by_name)[: list(by_name).index(name)] if one not in before]
        within = _columns(one for one in attributes if one.name in before)
        expression_faults(compiling, shape.computed, at, [*before, *within])
        if shape.is_ not in COMPUTED_KINDS:
            compiling.faults.add(at, "computed.kind", is_kind=shape.is_, allowed=COMPUTED_KINDS)
        for key, given in (("required", shape.required), ("default", shape.default is not None)):
            if given:
                compiling.faults.add(at, "computed.unfit", name=key)
        if asks_clock(shape.computed):
            compiling.faults.add(at, "computed.clock")
        named = attempt_expression(shape.computed, Vocabulary()).inputs
        above = [
            one
            for one in named
            if one in by_name and by_name[one].sensitivity > by_name[name].sensitivity
        ]
        if above:
            compiling.faults.add(at, "computed.sensitivity", names=", ".join(above))
