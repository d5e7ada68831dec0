"""Attributes with many values and tables in forms: what was typed becomes the one text that imports
read too (`kernel.records_text`), and that text becomes the form again. Works without script.

Many values come as one form field sent several times, or one on each line; a table as the fields
`NAME.ROW.COLUMN`. The buttons that add and remove rows are named `_rows`, as no
attribute is.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from litestar.datastructures import FormMultiDict

from pengcheng.kernel.record_values import MANY_MAX, TABLE_ROWS_MAX
from pengcheng.kernel.records_text import as_text, joined, parts_of, rows_of, table_text
from pengcheng.kernel.registry import Attribute, Registry
from pengcheng.kernel.words import Language
from pengcheng.portals.pages import texts_of

ROWS = "_rows"
"""The button that adds or removes a row: "NAME:add", "NAME:remove:ROW"."""
MANY_SHOWN = 12
"""With more choices than so many, their list scrolls within itself."""
Row = dict[str, str]


def typed_of(items: Iterable[Attribute], form: FormMultiDict) -> dict[str, str]:
    """The texts of a form, each list and table as one text; a row is added or removed as asked,
    and rows in which nothing was typed are left out."""
    texts = texts_of(form)
    for item in items:
        if item.many:
            values = [value for value in form.getall(item.name, []) if isinstance(value, str)]
            lines = [line.strip() for value in values for line in value.splitlines()]
            texts[item.name] = joined([line for line in lines if line][: MANY_MAX + 1])
        elif item.kind == "table":
            texts[item.name] = table_text(item, _rows(item, texts))
    return texts


def changes_rows(texts: Mapping[str, str]) -> bool:
    """Whether a form was sent only to add or remove a row."""
    return bool(texts.get(ROWS))


def _rows(item: Attribute, texts: Mapping[str, str]) -> list[Row]:
    found: dict[int, Row] = {}
    for name, text in texts.items():
        if place := re.fullmatch(rf"{item.name}\.([0-9]{{1,3}})\.([a-z0-9_]+)", name):
            found.setdefault(int(place[1]), {})[place[2]] = text
    name, _, act = texts.get(ROWS, "").partition(":")
    removed = act.removeprefix("remove:") if name == item.name else ""
    numbers = sorted(number for number in found if str(number) != removed)
    rows = [found[number] for number in numbers if any(found[number].values())]
    return [*rows, {}] if name == item.name and act == "add" else rows[: TABLE_ROWS_MAX + 1]


def resent(item: Attribute, text: str) -> list[tuple[str, str]]:
    """The form fields that give this text again."""
    if item.many:
        return [(item.name, part) for part in parts_of(text)]
    if item.kind == "table":
        return [
            (f"{item.name}.{at}.{column}", cell)
            for at, row in enumerate(rows_of(item, text) or ())
            for column, cell in row.items()
            if cell
        ]
    return [(item.name, text)] if text else []


def list_field(
    registry: Registry, item: Attribute, texts: Mapping[str, str], faults: Mapping[str, str],
    language: Language,
) -> dict[str, Any]:  # fmt: skip
    """What a template needs to draw an attribute with many values, or a table."""
    text = texts.get(item.name, "")
    if item.many:
        parts, known = parts_of(text), options(registry, item, language)
        return {
            "kind": "many" if item.kind == "code" else "lines", "values": parts,
            "value": "\n".join(parts), "scrolls": len(known) > MANY_SHOWN,
        }  # fmt: skip
    rows = rows_of(item, text) or [{}]
    fresh = texts.get(ROWS, "") == f"{item.name}:add"
    return {
        "kind": "table", "rows": [_cells(registry, item, at, row, faults, language)
                                  for at, row in enumerate(rows)],
        "most": int(min(item.high or TABLE_ROWS_MAX, TABLE_ROWS_MAX)), "fresh": fresh,
    }  # fmt: skip


def options(registry: Registry, item: Attribute, language: Language) -> list[dict[str, str]]:
    """The codes that may be chosen."""
    listed = registry.code_lists.get(item.code_list or "")
    codes = listed.codes if listed else ()
    return [{"value": code.code, "text": code.label.in_(language)} for code in codes]


def _cells(
    registry: Registry, table: Attribute, at: int, row: Row, faults: Mapping[str, str],
    language: Language,
) -> list[dict[str, Any]]:  # fmt: skip
    return [
        {
            "name": f"{table.name}.{at}.{column.name}", "kind": column.kind,
            "label": column.label.in_(language), "unit": column.unit or "",
            "hint": column.hint.in_(language) if column.hint else "",
            "value": row.get(column.name, ""),
            "options": options(registry, column, language), "optional": not column.required,
            "fault": faults.get(f"{table.name}.{at}.{column.name}", ""),
        }
        for column in table.columns
        if column.computed is None
    ]  # fmt: skip


def shown_list(
    registry: Registry, item: Attribute, value: Any, language: Language, yes_no: Sequence[str]
) -> dict[str, Any]:
    """A list as people read it: `chips`, or a `table` of columns and rows."""
    if not isinstance(value, list | tuple):
        return {}
    if item.many:
        return {"chips": [_cell(registry, item, one, language, yes_no) for one in value]}
    columns = [
        {"text": column.label.in_(language), "figure": column.kind in {"integer", "number"}}
        for column in item.columns
    ]
    rows = [
        [_cell(registry, column, row.get(column.name), language, yes_no) for column in item.columns]
        for row in value
        if isinstance(row, Mapping)
    ]
    return {"table": {"columns": columns, "rows": rows, "caption": item.label.in_(language)}}


def list_text(
    registry: Registry, item: Attribute, value: Any, language: Language, yes_no: Sequence[str]
) -> str:
    """A list as one line: its values, or its rows with what their cells say."""
    told = shown_list(registry, item, value, language, yes_no)
    comma, stop = ("、", "；") if language == "zh" else (", ", "; ")
    if "table" not in told:
        return comma.join(told.get("chips", ()))
    return stop.join(comma.join(filter(None, row)) for row in told["table"]["rows"])


def round_off(value: Any) -> Any:
    """A number without a fraction as a whole one, as people write it."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _cell(
    registry: Registry, item: Attribute, value: Any, language: Language, yes_no: Sequence[str]
) -> str:
    if isinstance(value, bool):
        return yes_no[0] if value else yes_no[1]
    listed = registry.code_lists.get(item.code_list or "")
    label = listed.label_of(str(value)) if listed and value is not None else None
    text = label.in_(language) if label else as_text(round_off(value))
    return f"{text} {item.unit}" if item.unit and text else text
