"""What `/openapi.json` tells of the routes of tasks."""

from collections.abc import Mapping

from pengcheng.edge.openapi_operations import (
    FLAG,
    INSTANT,
    TEXT,
    Operation,
    items,
    json,
    limit,
    query,
)
from pengcheng.edge.schemas import Schema, or_null, referred
from pengcheng.engines.cases import TASK_KINDS

_ALL = "/api/v1/tasks"
_ONE = f"{_ALL}/{{key}}"
_VERSION: Schema = {"type": "integer", "description": "The version that the sender read."}
_IDS: Schema = {"type": "array", "items": {"type": "string", "format": "uuid"}}
_LINE: Schema = {
    "allOf": [
        referred("Task"),
        {
            "type": "object",
            "required": ["code", "case_kind", "case_title"],
            "properties": {
                "code": TEXT, "case_kind": TEXT, "case_title": TEXT, "category": or_null(TEXT),
                "stage": TEXT, "case_due_at": or_null(INSTANT),
            },
        },
    ]
}  # fmt: skip


def _body(required: tuple[str, ...], **more: Schema) -> tuple[str, Schema]:
    return json(
        {
            "type": "object",
            "additionalProperties": False,
            "required": ["version", *required],
            "properties": {"version": _VERSION, **more},
        }
    )


_FOUND: Mapping[str, Schema] = {
    "note": {"type": "string", "minLength": 1, "maxLength": 2000},
    "found": {"type": "string", "maxLength": 2000},
    "position": {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2},
    "before": _IDS,
    "after": _IDS,
    "granted": {"type": "boolean", "description": "Of a longer promise that was asked for."},
    "resolved": {"type": "boolean"},
}

TASKS: Mapping[str, Operation] = {
    f"GET {_ALL}": Operation(
        tag="tasks", answers={200: json(items(_LINE))},
        parameters=(
            query("mine", FLAG, "Only those in the asker's hands."),
            query("kind", {"type": "string", "enum": list(TASK_KINDS)}), limit(500),
        ),
    ),
    f"POST {_ONE}/take": Operation(
        tag="tasks", answers={200: json(referred("Task"))}, body=_body((), reason=TEXT)
    ),
    f"POST {_ONE}/give-back": Operation(
        tag="tasks", answers={200: json(referred("Task"))}, body=_body(("reason",), reason=TEXT)
    ),
    f"POST {_ONE}/finish": Operation(
        tag="tasks", answers={200: json(referred("Task"))}, body=_body(("note",), **_FOUND)
    ),
}  # fmt: skip
