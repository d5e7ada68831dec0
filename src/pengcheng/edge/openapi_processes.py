"""What `/openapi.json` tells of the routes of processes."""

from collections.abc import Mapping

from pengcheng.edge.openapi_operations import ANY_OBJECT, TEXT, Operation, items, json, query

_NAME = "/api/v1/processes/{name}"
_ONE = "/api/v1/process-instances/{key}"
_WITH_VARIABLES = {
    "type": "object",
    "properties": {"variables": ANY_OBJECT},
    "additionalProperties": False,
}
_START = {
    "type": "object",
    "properties": {"variables": ANY_OBJECT, "area_code": TEXT},
    "additionalProperties": False,
}
_MAPPED = {
    "old": {"type": "integer"},
    "steps": {"type": "object", "additionalProperties": TEXT},
    "stays": {"type": "array", "items": TEXT},
}
_UPGRADE = {
    "type": "object",
    "required": ["old", "new"],
    "properties": {**_MAPPED, "new": {"type": "integer"}},
}
_VERSION = query("version", {"type": "integer", "minimum": 1}, "The newest one unless told.")
_OBJECT = {200: json(ANY_OBJECT)}
_ITEMS = {200: json(items(ANY_OBJECT))}
_SVG = {200: ("image/svg+xml", TEXT)}


_CASES = "/api/v1/cases/{kind}/upgrades"
_CASE_UPGRADE = {
    "type": "object",
    "required": ["old"],
    "properties": _MAPPED,
    "additionalProperties": False,
}

PROCESSES: Mapping[str, Operation] = {
    f"GET {_CASES}": Operation(tag="processes", answers=_OBJECT),
    f"GET {_CASES}/{{old}}/cases": Operation(
        tag="processes",
        answers=_ITEMS,
        parameters=(query("after", TEXT, "The last id of the page before."),),
    ),
    f"POST {_CASES}": Operation(tag="processes", answers=_OBJECT, body=json(_CASE_UPGRADE)),
    f"POST {_CASES}/{{upgrade_id}}/undo": Operation(tag="processes", answers=_OBJECT),
    "GET /api/v1/processes": Operation(tag="processes", answers=_ITEMS),
    f"GET {_NAME}": Operation(tag="processes", answers=_OBJECT),
    f"GET {_NAME}/bpmn": Operation(
        tag="processes", answers={200: ("application/xml", TEXT)}, parameters=(_VERSION,)
    ),
    f"POST {_NAME}/bpmn": Operation(
        tag="processes", answers={201: json(ANY_OBJECT)}, body=("application/xml", TEXT)
    ),
    f"GET {_NAME}/drawing.svg": Operation(tag="processes", answers=_SVG, parameters=(_VERSION,)),
    f"POST {_NAME}/instances": Operation(
        tag="processes", answers={201: json(ANY_OBJECT)}, body=json(_START)
    ),
    f"POST {_NAME}/verdicts": Operation(tag="processes", answers=_OBJECT, body=json(_UPGRADE)),
    f"POST {_NAME}/upgrades": Operation(tag="processes", answers=_OBJECT, body=json(_UPGRADE)),
    f"POST {_NAME}/upgrades/{{upgrade_id}}/undo": Operation(tag="processes", answers=_OBJECT),
    "GET /api/v1/process-instances": Operation(
        tag="processes",
        answers=_ITEMS,
        parameters=(
            query("process", TEXT),
            query("status", {"enum": ["running", "ended", "failed", "cancelled"]}),
            query("after", TEXT, "The last id of the page before."),
            query("limit", {"type": "integer", "minimum": 1, "maximum": 200}),
        ),
    ),
    f"GET {_ONE}": Operation(tag="processes", answers=_OBJECT),
    f"GET {_ONE}/drawing.svg": Operation(tag="processes", answers=_SVG),
    "GET /api/v1/process-tasks": Operation(tag="processes", answers=_ITEMS),
    f"POST {_ONE}/tasks/{{position}}/take": Operation(tag="processes", answers=_OBJECT),
    f"POST {_ONE}/tasks/{{position}}/complete": Operation(
        tag="processes", answers=_OBJECT, body=json(_WITH_VARIABLES)
    ),
    "GET /api/v1/process-parked": Operation(tag="processes", answers=_ITEMS),
    f"POST {_ONE}/parked/{{position}}/retry": Operation(
        tag="processes", answers=_OBJECT, body=json(_WITH_VARIABLES)
    ),
}
