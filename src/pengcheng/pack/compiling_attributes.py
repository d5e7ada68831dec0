"""Attributes of declared types, columns of tables among them, and what does not suit them."""

from collections.abc import Sequence

import msgspec

from pengcheng.engines.feel import asks_clock
from pengcheng.kernel.fault_words import fault_text
from pengcheng.kernel.record_values import MANY_MAX, TABLE_ROWS_MAX
from pengcheng.kernel.records import attribute_faults, pattern_fault
from pengcheng.kernel.registry import Attribute, RecordType
from pengcheng.pack.compiling_wholes import COMPUTED_KINDS
from pengcheng.pack.expressions import row_faults
from pengcheng.pack.known import ENGINE_TYPES, RESERVED_ATTRIBUTES
from pengcheng.pack.names import Compiling
from pengcheng.pack.nodes import Document
from pengcheng.pack.shapes import SENSITIVITY, AttributeShape, ColumnShape

MANY_KINDS = ("code", "text", "reference")
"""Kinds of which an attribute may take many."""
PERSONAL_KINDS = {"identity_number", "telephone", "email"}
"""Numbers that name one natural person are personal unless the pack says otherwise."""
_NUMBERS = {"integer", "number"}
_TEXTS = {"text", "long_text"}


def attribute(
    compiling: Compiling,
    document: Document,
    path: tuple[str, ...],
    name: str,
    shape: AttributeShape,
) -> Attribute:
    """An attribute of a type, with its columns where it is a table."""
    if name in RESERVED_ATTRIBUTES:
        compiling.faults.add(document.at(*path), "name.reserved", given=name)
    _fitting_keys(compiling, document, path, shape)
    columns = tuple(
        _column(compiling, document, (*path, "columns", key), key, one)
        for key, one in shape.columns.items()
    )
    _computed_columns(compiling, document, (*path, "columns"), columns)
    kinds = (shape.is_, *(column.kind for column in columns))
    usual = "personal" if PERSONAL_KINDS & {*kinds} else "internal"
    made = msgspec.structs.replace(
        _plain(compiling, document, path, name, shape),
        source=shape.source,
        sensitivity=SENSITIVITY[shape.sensitivity or usual],
        index=shape.index,
        unique=shape.unique,
        search=shape.search,
        many=shape.many,
        columns=columns,
    )
    _check_default(compiling, document, path, shape, made)
    return made


def single(compiling: Compiling, type_: RecordType | None, name: str, at: tuple[str, int]) -> None:
    """Note where one value is needed and an attribute has many."""
    item = type_.attribute(name) if type_ else None
    if item is not None and item.is_list:
        compiling.faults.add(at, "attribute.single", given=name)


def _plain(
    compiling: Compiling, document: Document, path: tuple[str, ...], name: str,
    shape: AttributeShape | ColumnShape,
) -> Attribute:  # fmt: skip
    """What attributes and columns have in common."""
    if shape.list_ is not None:
        compiling.need("code list", shape.list_, document.at(*path, "list"))
    if shape.to is not None:
        at = document.at(*path, "to")
        compiling.need("type", shape.to, at, given_by_engines=ENGINE_TYPES)
    if shape.pattern is not None and (problem := pattern_fault(shape.pattern)):
        compiling.faults.add(document.at(*path, "pattern"), "attribute.pattern", problem=problem)
    return Attribute(
        name=name,
        kind=shape.is_,
        label=shape.name,
        hint=shape.hint,
        required=shape.required,
        code_list=shape.list_,
        to=shape.to,
        unit=shape.unit,
        low=shape.min,
        high=shape.max,
        length_max=shape.length,
        pattern=None if shape.pattern and pattern_fault(shape.pattern) else shape.pattern,
        default=shape.default,
        computed=shape.computed,
    )


def _check_default(
    compiling: Compiling, document: Document, path: tuple[str, ...],
    shape: AttributeShape | ColumnShape, made: Attribute,
) -> None:  # fmt: skip
    if shape.default is not None:
        for fault in attribute_faults(made, shape.default, code_lists=None):
            compiling.faults.add(
                document.at(*path, "default"),
                "attribute.default",
                problem=fault_text(fault, "en"),
                problem_zh=fault_text(fault, "zh"),
            )


def _column(
    compiling: Compiling, document: Document, path: tuple[str, ...], name: str, shape: ColumnShape
) -> Attribute:
    _fitting_keys(compiling, document, path, shape)
    made = _plain(compiling, document, path, name, shape)
    _check_default(compiling, document, path, shape, made)
    return made


def _computed_columns(
    compiling: Compiling, document: Document, path: tuple[str, ...], columns: Sequence[Attribute]
) -> None:
    """Note what is wrong with the computed ones among the columns of a table."""
    given = [column.name for column in columns if column.computed is None]
    if columns and not given:
        compiling.faults.add(document.at(*path), "table.all_computed")
    for at, column in enumerate(columns):
        if column.computed is None:
            continue
        where = document.at(*path, column.name, "computed")
        before = [one.name for one in columns[:at] if one.computed is not None]
        row_faults(compiling, column.computed, where, [*given, *before])
        if column.kind not in COMPUTED_KINDS:
            compiling.faults.add(
                where, "computed.kind", is_kind=column.kind, allowed=COMPUTED_KINDS
            )
        for key, is_given in (
            ("required", column.required), ("default", column.default is not None)
        ):  # fmt: skip
            if is_given:
                compiling.faults.add(where, "computed.unfit", name=key)
        if asks_clock(column.computed):
            compiling.faults.add(where, "computed.clock")


def _fitting_keys(
    compiling: Compiling, document: Document, path: tuple[str, ...],
    shape: AttributeShape | ColumnShape,
) -> None:  # fmt: skip
    """Note keys that do not suit the kind, and those that it lacks."""
    at, kind = document.at(*path), shape.is_
    counted = isinstance(shape, AttributeShape) and (shape.many or kind == "table")
    bounded = kind in _NUMBERS or counted
    for key, held, suits in (
        ("list", shape.list_, kind == "code"), ("to", shape.to, kind == "reference"),
    ):  # fmt: skip
        if suits and held is None:
            compiling.faults.add(at, "attribute.needs", is_kind=kind, name=key)
        if held is not None and not suits:
            compiling.faults.add(at, "attribute.unfit", is_kind=kind, name=key)
    for key, is_given, suits in (
        ("min", shape.min is not None, bounded), ("max", shape.max is not None, bounded),
        ("unit", shape.unit is not None, kind in _NUMBERS),
        ("length", shape.length is not None, kind in _TEXTS),
        ("pattern", shape.pattern is not None, kind in _TEXTS),
    ):  # fmt: skip
        if is_given and not suits:
            compiling.faults.add(at, "attribute.unfit", is_kind=kind, name=key)
    if shape.min is not None and shape.max is not None and shape.min > shape.max:
        compiling.faults.add(at, "attribute.order")
    if isinstance(shape, AttributeShape):
        _fitting_lists(compiling, at, shape)


def _fitting_lists(compiling: Compiling, at: tuple[str, int], shape: AttributeShape) -> None:
    """The same for what takes many values, or rows."""
    is_table = shape.is_ == "table"
    if is_table and not shape.columns:
        compiling.faults.add(at, "attribute.needs", is_kind=shape.is_, name="columns")
    for key, given, suits in (
        ("columns", bool(shape.columns), is_table),
        ("many", shape.many, shape.is_ in MANY_KINDS),
        ("default", shape.default is not None, not is_table),
    ):  # fmt: skip
        if given and not suits:
            compiling.faults.add(at, "attribute.unfit", is_kind=shape.is_, name=key)
    if shape.many and shape.unique:
        compiling.faults.add(at, "attribute.unfit_list", name="unique")
    if is_table and shape.unique:
        compiling.faults.add(at, "attribute.unfit", is_kind=shape.is_, name="unique")
    most = TABLE_ROWS_MAX if is_table else MANY_MAX
    for number in (shape.min, shape.max) if is_table or shape.many else ():
        if number is not None and not (number == int(number) and 0 <= number <= most):
            compiling.faults.add(at, "attribute.count", limit=most)
