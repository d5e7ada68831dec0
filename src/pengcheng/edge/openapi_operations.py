"""What `/openapi.json` tells of each route beyond its address: parameters, bodies, answers.

A route that has no row here is a page of a portal. Schemas named "@…" are those of the declared
type or case kind for which the generic route is told.
"""

from collections.abc import Mapping

import msgspec

from pengcheng.edge.schemas import Schema, or_null, page_schema, referred

ANY_OBJECT: Schema = {"type": "object"}
TEXT: Schema = {"type": "string"}


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """One method of one route. `answers`: status → (media type, schema); `also`: status → further
    media types; `anyone`: guests too."""

    tag: str
    answers: Mapping[int, tuple[str, Schema] | None]
    parameters: tuple[Schema, ...] = ()
    body: tuple[str, Schema] | None = None
    more_bodies: Mapping[str, Schema] = msgspec.field(default_factory=dict)
    is_body_optional: bool = False
    is_page: bool = False
    also: Mapping[str, Mapping[str, Schema]] = msgspec.field(default_factory=dict)
    anyone: bool = False


def query(name: str, schema: Schema, told: str = "") -> Schema:
    """A parameter of the query string."""
    found: Schema = {"name": name, "in": "query", "required": False, "schema": schema}
    return {**found, "description": told} if told else found


def header(name: str, told: str, schema: Schema | None = None) -> Schema:
    """A header of the request."""
    return {"name": name, "in": "header", "required": False, "description": told,
            "schema": schema or TEXT}  # fmt: skip


def json(schema: Schema) -> tuple[str, Schema]:
    """As JSON."""
    return "application/json", schema


def items(schema: Schema) -> Schema:
    """A whole list."""
    return {
        "type": "object",
        "required": ["items"],
        "properties": {"items": {"type": "array", "items": schema}},
    }


KEY = header("Idempotency-Key", "The same key again gives the same answer, and does nothing twice.",
             {"type": "string", "minLength": 8, "maxLength": 128})  # fmt: skip
RECEIPT = header("X-Receipt", "The receipt code of a case: its author's view without an account.")
MATCH = header("If-Match", "The version that the sender read, as the ETag told it.")
FLAG: Schema = {"type": "string", "enum": ["true", "false"]}
AREA: Schema = {"type": "string", "pattern": "^([0-9]{12}|[0-9]{15})$"}
INSTANT: Schema = {"type": "string", "format": "date-time"}
CURSOR = query("cursor", {"type": "string", "maxLength": 600}, "`next` of the page before.")


def limit(most: int, default: int = 100) -> Schema:
    """How many on one page."""
    return query("limit", {"type": "integer", "minimum": 1, "maximum": most, "default": default})


FILE_FORMAT = query("format", {"type": "string", "enum": ["json", "csv", "xlsx", "ndjson"]})
AT = query(
    "at", {"anyOf": [INSTANT, {"type": "string", "enum": ["all"]}]},
    "Edges that are true at this instant (without it: now), or `all`.",
)  # fmt: skip
EDGE_END: Schema = {"type": "object", "properties": {"valid_to": INSTANT}}
NEW_EDGE: Schema = {
    "type": "object",
    "required": ["to"],
    "properties": {"to": TEXT, "valid_from": INSTANT, "valid_to": INSTANT},
}
EDGE_MADE: Schema = {
    "type": "object",
    "required": ["edge"],
    "properties": {"edge": {"type": "string", "format": "uuid"}},
}
FIELDS = query("fields", TEXT, "Names of attributes or columns, by commas; all without.")
LIST_OF_RECORDS = (
    FIELDS,
    query("area", AREA, "An area and all beneath it."),
    query("bbox", TEXT, "west,south,east,north"),
    FILE_FORMAT,
    limit(1000),
    CURSOR,
)
LIST_OF_CASES = (
    query("state", {"type": "string", "default": "open"}),
    query("order", {"type": "string", "enum": ["due", "accepted", "closed"]}),
    query("mine", FLAG),
    query("supervised", FLAG),
    query("unit", TEXT, "The key of an organisation: its own and those beneath it."),
    query("area", AREA),
    *(query(name, TEXT) for name in ("step", "stage", "channel", "category", "q")),
    query("event", {"type": "string", "format": "uuid"}),
    *(
        query(name, INSTANT)
        for name in ("accepted_from", "accepted_to", "closed_from", "closed_to")
    ),
    limit(500),
    CURSOR,
)

ACTED: Schema = {
    "type": "object",
    "required": ["id", "code", "step", "stage", "open", "version"],
    "properties": {
        "id": {"type": "string", "format": "uuid"},
        "code": TEXT,
        "step": TEXT,
        "stage": TEXT,
        "open": {"type": "boolean"},
        "version": {"type": "integer"},
        "due_at": or_null(INSTANT),
        "part": {
            "type": "object",
            "description": "After `split`: the new case, which has a part of the text.",
            "required": ["id", "code", "due_at"],
            "properties": {
                "id": {"type": "string", "format": "uuid"},
                "code": TEXT,
                "due_at": or_null(INSTANT),
            },
        },
    },
}
SIGN_IN: Schema = {
    "type": "object",
    "required": ["username", "password"],
    "properties": {
        "username": {"type": "string", "minLength": 1, "maxLength": 200},
        "password": {"type": "string", "minLength": 1, "maxLength": 200},
    },
}
NEW_PASSWORD: Schema = {
    "type": "object",
    "required": ["old", "password"],
    "properties": {
        "old": {"type": "string", "minLength": 1, "maxLength": 200},
        "password": {"type": "string", "minLength": 10, "maxLength": 200},
    },
}
FILE_FORM: Schema = {
    "type": "object",
    "required": ["file"],
    "properties": {
        "file": {"type": "array", "items": {"type": "string", "format": "binary"}},
        "purpose": {"type": "string", "enum": ["report", "reply", "task"]},
    },
}

CLOUD_EVENT: Schema = {
    "type": "object",
    "description": "CloudEvents 1.0; `sequence` is the log position.",
    "required": ["specversion", "id", "source", "type", "subject", "time"],
    "properties": {
        "specversion": {"type": "string", "enum": ["1.0"]},
        **dict.fromkeys(("id", "source", "type", "subject", "sequence"), TEXT),
        "time": INSTANT,
        "data": ANY_OBJECT,
    },
}
LOG_PAGE: Schema = {
    "type": "object",
    "required": ["items", "next", "more"],
    "properties": {
        "items": {"type": "array", "items": CLOUD_EVENT},
        "next": TEXT,
        "more": {"type": "boolean"},
    },
}
FORMAT: Schema = {"type": "string", "enum": ["csv", "xlsx", "ndjson"]}
MODE = query("mode", {"type": "string", "enum": ["all", "valid"], "default": "all"},
             "All rows or none, or the rows that are right.")  # fmt: skip
TAKEOVER_MODE = query(
    "mode", {"type": "string", "enum": ["all", "valid", "check"], "default": "all"},
    "All cases or none, those that are right, or only what would be.",
)  # fmt: skip
SHEETS: Mapping[str, Schema] = {
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": {},
    "application/x-ndjson": TEXT,
}
REPORT: Schema = {
    "type": "object",
    "required": ["rows", "added", "wrong_rows", "faults", "faults_left_off"],
    "properties": {
        "rows": {"type": "integer"},
        "added": {"type": "integer"},
        "wrong_rows": {"type": "integer"},
        "faults_left_off": {"type": "integer"},
        "faults": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["row", "path", "code", "message"],
                "properties": {
                    "row": {"type": "integer", "description": "The first row below the head is 1."},
                    "path": TEXT,
                    "code": TEXT,
                    "message": TEXT,
                },
            },
        },
    },
}
IMPORTED: Mapping[int, tuple[str, Schema] | None] = {200: json(REPORT), 422: json(REPORT)}
RECORDS = "/api/v1/{type_name}"
CASES = "/api/v1/cases/{kind}"
_OPEN311 = {200: json({})}
_AS_XML: Mapping[str, Mapping[str, Schema]] = {
    status: {"application/json": {}, "text/xml": TEXT} for status in ("200", "201", "4XX", "5XX")
}
"""GeoReport v2 answers and refuses in JSON or XML, by the ending of the address."""

_AS_FILE: Mapping[str, Mapping[str, Schema]] = {"200": {"text/csv": TEXT, **SHEETS}}
_AS_CSV: Mapping[str, Mapping[str, Schema]] = {
    "200": {"text/csv": TEXT},
    "422": {"text/csv": TEXT, "application/problem+json": referred("Problem")},
}
"""The report of an import, or why there is none."""


OPERATIONS: dict[str, Operation] = {
    "GET /healthz": Operation(tag="operation", answers={200: ("text/plain", TEXT)}, anyone=True),
    "GET /readyz": Operation(
        tag="operation", answers={200: json(ANY_OBJECT), 503: json(ANY_OBJECT)}, anyone=True
    ),
    "GET /openapi.json": Operation(tag="operation", answers={200: json(ANY_OBJECT)}, anyone=True),
    "POST /api/v1/session": Operation(
        tag="session", answers={201: json(ANY_OBJECT)}, body=json(SIGN_IN), anyone=True
    ),
    "GET /api/v1/session": Operation(tag="session", answers={200: json(ANY_OBJECT)}, anyone=True),
    "POST /api/v1/session/password": Operation(
        tag="session", answers={200: json(ANY_OBJECT)}, body=json(NEW_PASSWORD)
    ),
    "GET /api/v1/who-may/{type_name}/{key}": Operation(
        tag="session", answers={200: json(ANY_OBJECT)},
        parameters=(query("action", TEXT, "What they may do; without it: read."),),
    ),
    "GET /api/v1/session/closing": Operation(tag="session", answers={200: json(ANY_OBJECT)}),
    "POST /api/v1/session/closing": Operation(
        tag="session", answers={200: json(ANY_OBJECT)}, body=json(ANY_OBJECT)
    ),
    "POST /api/v1/session/end": Operation(tag="session", answers={200: json(ANY_OBJECT)}),
    "GET /metrics": Operation(tag="operation", answers={200: ("text/plain", TEXT)}, anyone=True),
    "GET /events": Operation(
        tag="log", answers={200: ("text/event-stream", TEXT)},
        parameters=(
            header("Last-Event-ID", "Go on after this event."),
            query("kinds", TEXT, "Kinds of entries, by commas."), query("light", FLAG),
        ),
    ),
    "GET /api/v1/log": Operation(
        tag="log", answers={200: json(LOG_PAGE)},
        parameters=(query("after", TEXT, "`next` of the page before."), limit(1000)),
    ),
    "GET /api/v1/log/root": Operation(tag="log", answers={200: json(ANY_OBJECT)}, anyone=True),
    "GET /api/v1/log/consistency": Operation(
        tag="log", answers={200: json(ANY_OBJECT)}, anyone=True,
        parameters=(query("first", {"type": "integer"}), query("second", {"type": "integer"})),
    ),
    "GET /api/v1/log/{seq}/inclusion": Operation(
        tag="log", answers={200: json(ANY_OBJECT)}, anyone=True,
        parameters=(query("size", {"type": "integer"}),),
    ),
    f"GET {RECORDS}": Operation(
        tag="records", answers={200: json(page_schema(referred("@record")))},
        parameters=LIST_OF_RECORDS, anyone=True, also=_AS_FILE,
    ),
    f"POST {RECORDS}": Operation(
        tag="records", answers={201: json(referred("@record"))}, body=json(referred("@new"))
    ),
    f"GET {RECORDS}/{{key}}": Operation(
        tag="records", answers={200: json(referred("@record"))}, anyone=True
    ),
    f"PATCH {RECORDS}/{{key}}": Operation(
        tag="records", answers={200: json(referred("@record"))}, parameters=(MATCH,),
        body=json(referred("@change")),
    ),
    f"DELETE {RECORDS}/{{key}}": Operation(
        tag="records", answers={204: None}, parameters=(MATCH,)
    ),
    f"POST {RECORDS}/import": Operation(
        tag="records", answers=IMPORTED, parameters=(MODE, KEY), body=("text/csv", TEXT),
        more_bodies=SHEETS, also=_AS_CSV,
    ),
    f"GET {RECORDS}/{{key}}/relations": Operation(
        tag="records", answers={200: json(ANY_OBJECT)}, anyone=True
    ),
    f"GET {RECORDS}/{{key}}/relations/{{relation}}": Operation(
        tag="records", answers={200: json(page_schema(referred("Related")))},
        parameters=(AT, limit(1000), CURSOR), anyone=True,
    ),
    f"POST {RECORDS}/{{key}}/relations/{{relation}}": Operation(
        tag="records", answers={201: json(EDGE_MADE)}, body=json(NEW_EDGE)
    ),
    f"PATCH {RECORDS}/{{key}}/relations/{{relation}}/{{edge}}": Operation(
        tag="records", answers={204: None}, body=json(EDGE_END)
    ),
    f"DELETE {RECORDS}/{{key}}/relations/{{relation}}/{{edge}}": Operation(
        tag="records", answers={204: None}
    ),
    f"GET {RECORDS}/relations/{{relation}}": Operation(
        tag="records", answers={200: json(page_schema(referred("Joined")))},
        parameters=(AT, FILE_FORMAT, limit(1000), CURSOR), anyone=True, also=_AS_FILE,
    ),
    f"POST {RECORDS}/relations/{{relation}}/import": Operation(
        tag="records", answers=IMPORTED, parameters=(MODE, KEY), body=("text/csv", TEXT),
        more_bodies=SHEETS, also=_AS_CSV,
    ),
    f"POST {CASES}/import": Operation(
        tag="cases", answers=IMPORTED, parameters=(MODE, KEY), body=("text/csv", TEXT),
        more_bodies=SHEETS, also=_AS_CSV,
    ),
    f"POST {CASES}/takeover": Operation(
        tag="cases", answers=IMPORTED, parameters=(TAKEOVER_MODE, KEY), body=("text/csv", TEXT),
        more_bodies=SHEETS, also=_AS_CSV,
    ),
    f"GET {CASES}/export": Operation(
        tag="cases", answers={200: ("text/csv", TEXT)},
        parameters=(*LIST_OF_CASES, query("format", FORMAT), FIELDS), also=_AS_FILE,
    ),
    f"POST {CASES}": Operation(
        tag="cases", answers={201: json(referred("Accepted")), 200: json(referred("Accepted"))},
        parameters=(KEY,), body=json(referred("@case")), anyone=True,
    ),
    f"GET {CASES}": Operation(
        tag="cases", answers={200: json(page_schema(referred("CaseLine")))},
        parameters=LIST_OF_CASES,
    ),
    f"GET {CASES}/{{key}}": Operation(
        tag="cases", answers={200: json(referred("@view"))}, parameters=(RECEIPT,), anyone=True
    ),
    f"POST {CASES}/{{key}}/actions/{{verb}}": Operation(
        tag="cases", answers={200: json(ACTED)}, parameters=(RECEIPT,),
        body=json(referred("CaseAction")), anyone=True,
    ),
    f"GET {CASES}/{{key}}/decisions": Operation(
        tag="cases", answers={200: json(items(ANY_OBJECT))}
    ),
    f"GET {CASES}/{{key}}/readers": Operation(tag="cases", answers={200: json(items(ANY_OBJECT))}),
    "GET /api/v1/callers": Operation(
        tag="cases", answers={200: json(items(ANY_OBJECT))}, parameters=(query("telephone", TEXT),)
    ),
    "POST /api/v1/files": Operation(
        tag="files", answers={201: json(items(ANY_OBJECT))},
        body=("multipart/form-data", FILE_FORM), anyone=True,
    ),
    "GET /files/{file_id}": Operation(tag="files", answers={200: ("*/*", {})}, anyone=True),
    "GET /files/{file_id}/small": Operation(
        tag="files", answers={200: ("image/jpeg", {})}, anyone=True
    ),
    "GET /tiles/{z}/{x}/{y}": Operation(
        tag="space", answers={200: ("application/vnd.mapbox-vector-tile", {})}, anyone=True
    ),
    "GET /api/v1/areas/{level}/outlines": Operation(
        tag="space", answers={200: ("application/geo+json", ANY_OBJECT)}, anyone=True
    ),
    "GET /e/tasks-worker.js": Operation(
        tag="pages", answers={200: ("text/javascript", TEXT)}, anyone=True
    ),
    "GET /open311/v2/{name}": Operation(tag="open311", answers=_OPEN311, anyone=True, also=_AS_XML),
    "POST /open311/v2/{name}": Operation(
        tag="open311", answers={201: json({})}, anyone=True,
        body=("application/x-www-form-urlencoded", ANY_OBJECT), also=_AS_XML,
    ),
    "GET /open311/v2/services/{name}": Operation(
        tag="open311", answers=_OPEN311, anyone=True, also=_AS_XML
    ),
    "GET /open311/v2/requests/{name}": Operation(
        tag="open311", answers=_OPEN311, anyone=True, also=_AS_XML
    ),
    "GET /open311/v2/tokens/{name}": Operation(
        tag="open311", answers=_OPEN311, anyone=True, also=_AS_XML
    ),
}  # fmt: skip

PAGE = Operation(tag="pages", answers={200: ("text/html", TEXT)}, anyone=True, is_page=True)
FORM = Operation(
    tag="pages",
    answers={303: None, 200: ("text/html", TEXT)},
    body=("application/x-www-form-urlencoded", ANY_OBJECT),
    anyone=True,
    is_page=True,
)
