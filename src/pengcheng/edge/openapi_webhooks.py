"""What `/openapi.json` tells of the routes of webhooks."""

from collections.abc import Mapping

from pengcheng.edge.openapi_operations import (
    INSTANT,
    LOG_PAGE,
    TEXT,
    Operation,
    items,
    json,
    limit,
)
from pengcheng.edge.schemas import Schema, or_null

_ALL = "/api/v1/webhooks"
_ONE = f"{_ALL}/{{key}}"
_ID: Schema = {"type": "string", "format": "uuid"}
_POSITION: Schema = {"type": "string", "pattern": "^[0-9]+-[0-9]+$"}
_KIND: Schema = {"type": "string", "pattern": "^[a-z][a-z0-9_]*\\.[a-z][a-z0-9_]*$"}
_LAST: Schema = {
    "type": "object",
    "required": ["at", "status", "error"],
    "properties": {"at": INSTANT, "status": or_null({"type": "integer"}), "error": TEXT},
}
_PROPERTIES: Mapping[str, Schema] = {
    "id": _ID,
    "url": {"type": "string", "maxLength": 2000},
    "note": TEXT,
    "kinds": {"type": "array", "items": _KIND, "description": "Empty: every kind."},
    "owner_account_id": _ID,
    "state": {"type": "string", "enum": ["active", "paused", "disabled"]},
    "position": {**_POSITION, "description": "Up to where the receiver was told."},
    "behind": {"type": "integer", "description": "Entries after it; counting stops at 10,000."},
    "failures": {"type": "integer", "description": "In a row."},
    "failing_since": or_null(INSTANT),
    "retry_at": or_null(INSTANT),
    "old_secret_until": or_null(INSTANT),
    "created_at": INSTANT,
    "last": or_null(_LAST),
}
WEBHOOK: Schema = {
    "type": "object",
    "required": list(_PROPERTIES),
    "properties": dict(_PROPERTIES),
}
_WITH_SECRET: Schema = {
    "type": "object",
    "required": [*_PROPERTIES, "secret"],
    "properties": {
        **_PROPERTIES,
        "secret": {
            "type": "string",
            "pattern": "^whsec_",
            "description": "Of Standard Webhooks 1.0; told here and never again.",
        },
    },
}
_NEW: Schema = {
    "type": "object",
    "required": ["url"],
    "additionalProperties": False,
    "properties": {
        "url": {"type": "string", "format": "uri", "maxLength": 2000},
        "kinds": {"type": "array", "items": _KIND, "maxItems": 50},
        "note": {"type": "string", "maxLength": 200},
    },
}
_CHANGE: Schema = {name: part for name, part in _NEW.items() if name != "required"}
_TRIED: Mapping[str, Schema] = {
    "event": _POSITION,
    "kind": TEXT,
    "status": or_null({"type": "integer"}),
    "error": TEXT,
    "milliseconds": {"type": "integer"},
}
_DELIVERY: Schema = {
    "type": "object",
    "required": ["id", "webhook_id", "at", *_TRIED],
    "properties": {"id": _ID, "webhook_id": _ID, "at": INSTANT, **_TRIED},
}
_RESENT: Schema = {
    "type": "object",
    "required": ["taken", *_TRIED],
    "properties": {"taken": {"type": "boolean"}, **_TRIED},
}


def _body(name: str, schema: Schema, *, required: bool) -> Schema:
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": {name: schema},
        **({"required": [name]} if required else {}),
    }


_START: Schema = {"type": "string", "enum": ["cursor", "now"], "default": "cursor"}
_SAME = {200: json(WEBHOOK)}

WEBHOOKS: Mapping[str, Operation] = {
    f"POST {_ALL}": Operation(tag="webhooks", answers={201: json(_WITH_SECRET)}, body=json(_NEW)),
    f"GET {_ALL}": Operation(tag="webhooks", answers={200: json(items(WEBHOOK))}),
    f"GET {_ONE}": Operation(tag="webhooks", answers=_SAME),
    f"PATCH {_ONE}": Operation(tag="webhooks", answers=_SAME, body=json(_CHANGE)),
    f"DELETE {_ONE}": Operation(tag="webhooks", answers={204: None}),
    f"POST {_ONE}/pause": Operation(tag="webhooks", answers=_SAME),
    f"POST {_ONE}/resume": Operation(
        tag="webhooks",
        answers=_SAME,
        body=json(_body("from", _START, required=False)),
        is_body_optional=True,
    ),
    f"POST {_ONE}/redeliver": Operation(
        tag="webhooks", answers=_SAME, body=json(_body("after", _POSITION, required=True))
    ),
    f"POST {_ONE}/secret": Operation(tag="webhooks", answers={200: json(_WITH_SECRET)}),
    f"GET {_ONE}/missed": Operation(
        tag="webhooks", answers={200: json(LOG_PAGE)}, parameters=(limit(200, 50),)
    ),
    f"GET {_ONE}/deliveries": Operation(
        tag="webhooks", answers={200: json(items(_DELIVERY))}, parameters=(limit(200, 50),)
    ),
    f"POST {_ONE}/deliveries/{{delivery}}/resend": Operation(
        tag="webhooks", answers={200: json(_RESENT)}
    ),
}
