"""JSON schemas (2020-12) of declared types, as they go in and as they come out. Pure."""

from collections.abc import Mapping
from typing import Any

from pengcheng.kernel.authz import INTERNAL, PERSONAL, PUBLIC, SEALED
from pengcheng.kernel.record_values import (
    CODE_LENGTH_MAX,
    FILES_MAX,
    INTEGER_MAX,
    LONG_TEXT_LENGTH_MAX,
    MANY_MAX,
    TABLE_ROWS_MAX,
    TEXT_LENGTH_MAX,
)
from pengcheng.kernel.registry import Attribute, RecordType, Registry

Schema = dict[str, Any]

SENSITIVITIES: Mapping[int, str] = {
    PUBLIC: "public",
    INTERNAL: "internal",
    PERSONAL: "personal",
    SEALED: "sealed",
}
_GEOMETRIES = {"point": "Point", "line": "LineString", "polygon": "Polygon"}
_ID: Schema = {"type": "string", "format": "uuid"}
_INSTANT: Schema = {"type": "string", "format": "date-time"}


def referred(name: str) -> Schema:
    """A reference to a schema of the same document."""
    return {"$ref": f"#/components/schemas/{name}"}


def or_null(schema: Schema) -> Schema:
    """The same, or null: not known."""
    return {"anyOf": [schema, {"type": "null"}]}


def attribute_schema(registry: Registry, item: Attribute) -> Schema:
    """The values of one attribute."""
    schema = _rows_schema(registry, item) if item.kind == "table" else _kind_schema(registry, item)
    if item.many:
        schema = {"type": "array", "items": schema, "uniqueItems": True, **_counted(item, MANY_MAX)}
    told = {**schema, "title": item.label.zh, "description": _told(item)}
    return {**told, "readOnly": True} if item.computed else told


_FIXED_KINDS: Mapping[str, Schema] = {
    "boolean": {"type": "boolean"},
    "date": {"type": "string", "format": "date"},
    "instant": _INSTANT,
    "reference": _ID,
    "email": {"type": "string", "format": "email"},
    "files": {"type": "array", "items": _ID, "maxItems": FILES_MAX},
    "json": {},
}


def _kind_schema(registry: Registry, item: Attribute) -> Schema:
    match item.kind:
        case "text" | "long_text":
            most = LONG_TEXT_LENGTH_MAX if item.kind == "long_text" else TEXT_LENGTH_MAX
            schema: Schema = {"type": "string", "maxLength": item.length_max or most}
            return {**schema, "pattern": f"^(?:{item.pattern})$"} if item.pattern else schema
        case "integer" | "number":
            low = item.low if item.low is not None else -INTEGER_MAX
            high = item.high if item.high is not None else INTEGER_MAX
            return {"type": item.kind, "minimum": low, "maximum": high}
        case "code":
            listed = registry.code_lists.get(item.code_list or "")
            codes = [code.code for code in listed.codes] if listed else []
            known: Schema = {"type": "string", "maxLength": CODE_LENGTH_MAX}
            return {**known, "enum": codes} if codes else known
        case kind:
            return {**_FIXED_KINDS.get(kind, {"type": "string", "maxLength": 40})}


def _rows_schema(registry: Registry, item: Attribute) -> Schema:
    """A table: its rows, each with its columns; what is computed may be sent back."""
    columns = {one.name: attribute_schema(registry, one) for one in item.columns}
    required = [one.name for one in item.columns if one.required and one.default is None]
    row: Schema = {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            name: schema if name in required else or_null(schema)
            for name, schema in columns.items()
        },
    }
    row |= {"required": required} if required else {}
    return {"type": "array", "items": row, **_counted(item, TABLE_ROWS_MAX)}


def _counted(item: Attribute, most: int) -> Schema:
    low = {"minItems": int(item.low)} if item.required and item.low else {}
    return {**low, "maxItems": int(min(item.high or most, most))}


def _told(item: Attribute) -> str:
    """What a reader of the description should know: names, unit, source, who may see it."""
    told = [item.label.en, f"Sensitivity: {SENSITIVITIES[item.sensitivity]}."]
    if item.hint is not None:
        told.append(f"{item.hint.zh} {item.hint.en}")
    if item.unit:
        told.append(f"Unit: {item.unit}.")
    if item.source:
        told.append(f"Authoritative source: {item.source}.")
    if item.to:
        told.append(f"The id of a record of {item.to}.")
    if item.sensitivity >= PERSONAL:
        told.append("Absent where the reader's rights do not reach it.")
    return " ".join(told)


def geometry(kind: str) -> Schema:
    """A GeoJSON geometry (WGS 84)."""
    return {
        "type": "object",
        "required": ["type", "coordinates"],
        "properties": {
            "type": {"type": "string", "enum": [_GEOMETRIES[kind], f"Multi{_GEOMETRIES[kind]}"]},
            "coordinates": {"type": "array", "items": {}},
        },
    }


def values_schema(registry: Registry, type_: RecordType, *, partial: bool) -> Schema:
    """The attributes of a type as they are sent; in a change, each may be left out."""
    schema: Schema = {
        "type": "object",
        "additionalProperties": False,
        "title": type_.label.zh,
        "description": type_.label.en,
        "properties": {
            item.name: or_null(attribute_schema(registry, item))
            for item in type_.attributes
            if item.computed is None
        },
    }
    required = [item.name for item in type_.attributes if item.required and item.default is None]
    for name in required:
        item = type_.attribute(name)
        if item is not None:
            schema["properties"][name] = attribute_schema(registry, item)
    if required and not partial:
        schema["required"] = required
    return schema


def new_schema(registry: Registry, type_: RecordType) -> Schema:
    """A record that is added."""
    schema = values_schema(registry, type_, partial=False)
    schema["properties"]["code"] = or_null({"type": "string", "maxLength": CODE_LENGTH_MAX})
    schema["properties"]["area_code"] = or_null({"type": "string", "pattern": "^[0-9]{12,15}$"})
    if type_.place:
        schema["properties"]["place"] = or_null(geometry(type_.place))
    return schema


def change_schema(registry: Registry, type_: RecordType) -> Schema:
    """A change of a record: what is left out stays as it is."""
    schema = values_schema(registry, type_, partial=True)
    schema["properties"]["version"] = {"type": "integer", "minimum": 1}
    return schema


def record_schema(registry: Registry, type_: RecordType) -> Schema:
    """A record as it comes out; an attribute that the reader may not see is not there."""
    number = {"type": ["integer", "null"]}
    properties: Schema = {
        "id": _ID,
        "code": {"type": "string"},
        "title": {"type": "string"},
        "area_no": number,
        "organisation_no": number,
        "version": {"type": "integer"},
        "changed_at": _INSTANT,
        "type": {"type": "string", "enum": [type_.name]},
    }
    head = list(properties)
    for item in type_.attributes:
        properties[item.name] = or_null(_outgoing(attribute_schema(registry, item)))
    if type_.place:
        properties["place"] = geometry(type_.place)
    return {
        "type": "object",
        "title": type_.label.zh,
        "description": type_.label.en,
        "required": head,
        "properties": properties,
    }


def fields_schema(registry: Registry, type_: RecordType) -> Schema:
    """The declared fields of a case as they come out."""
    return {
        "type": "object",
        "title": type_.label.zh,
        "description": type_.label.en,
        "properties": {
            item.name: or_null(_outgoing(attribute_schema(registry, item)))
            for item in type_.attributes
        },
    }


def _outgoing(schema: Schema) -> Schema:
    """What stands may be older than a rule: kinds are promised on the way out, bounds are not. A
    row may have columns that are declared no more, or lack new ones."""
    bounds = {
        "maxLength", "pattern", "minimum", "maximum", "enum", "minItems", "maxItems",
        "uniqueItems", "required", "additionalProperties", "format",
    }  # fmt: skip
    kept = bounds - {"format"} if schema.get("format") in {"date", "date-time", "uuid"} else bounds
    made = {name: value for name, value in schema.items() if name not in kept}
    if "items" in made:
        made["items"] = _outgoing(made["items"])
    if "properties" in made:
        made["properties"] = {
            name: or_null(_outgoing(one.get("anyOf", [one])[0]))
            for name, one in made["properties"].items()
        }
    return made


def page_schema(item: Schema) -> Schema:
    """A page of a list: `next` is the cursor of the page after it."""
    return {
        "type": "object",
        "required": ["items", "next"],
        "properties": {
            "items": {"type": "array", "items": item},
            "next": {"type": ["string", "null"]},
        },
    }
