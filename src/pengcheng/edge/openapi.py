"""OpenAPI 3.1 of everything this program answers, made from its routes and the declarations.

Every route of the application is told: those of engines by `openapi_operations`, the generic ones
once for each declared type and case kind, the rest as pages. The document refers to nothing
outside itself (OpenAPI Specification 3.1.0).
"""

import inspect
import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from litestar import Litestar, Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute

from pengcheng.edge import openapi_operations
from pengcheng.edge.actors import COOKIE
from pengcheng.edge.asking import AnyRequest, services_of
from pengcheng.edge.figures_api import CutFigure, DeclaredFigure
from pengcheng.edge.openapi_figures import FIGURES
from pengcheng.edge.openapi_operations import (
    INSTANT,
    OPERATIONS,
    RECORDS,
    TEXT,
    Operation,
    query,
)
from pengcheng.edge.openapi_processes import PROCESSES
from pengcheng.edge.openapi_tasks import TASKS
from pengcheng.edge.openapi_webhooks import WEBHOOKS
from pengcheng.edge.problems import MEDIA_TYPE
from pengcheng.edge.replies import json_response
from pengcheng.edge.schemas import (
    Schema,
    attribute_schema,
    change_schema,
    fields_schema,
    new_schema,
    record_schema,
    referred,
    values_schema,
)
from pengcheng.engines.cases import Accepted, Action, CaseLine, CaseView, NewCase, Task
from pengcheng.engines.objects import Joined, Related, operators, sorted_by
from pengcheng.engines.reports import Edition, Kept
from pengcheng.kernel.registry import CaseKind, RecordType, Registry

VERSION = "3.1.0"
METHODS = frozenset(["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"])
STRUCTS = (
    Accepted, Action, CaseLine, CaseView, CutFigure, DeclaredFigure, Edition, Joined, Kept, NewCase,
    Related, Task,
)  # fmt: skip
OWN_OF_CASES = frozenset(
    ["kind", "author_id", "author_account_id", "submission_key", "receipt", "accepted_at", "fields"]
)
TOLD: Mapping[str, Operation] = {**OPERATIONS, **PROCESSES, **TASKS, **WEBHOOKS, **FIGURES}
"""Every operation that is told by more than its address, by method and route."""

_PARAMETER = re.compile(r"{(\w+):(\w+)}")
_FILTERED = frozenset(
    ["text", "integer", "number", "boolean", "date", "instant", "code", "reference"]
)
PROBLEM: Schema = {
    "type": "object",
    "description": "RFC 9457. `code` is stable; `detail` is in the reader's language.",
    "required": ["type", "title", "status", "detail", "code", "instance"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string"},
        "instance": {"type": "string"},
        "facts": {"type": "object"},
        "faults": {"type": "array", "items": {"$ref": "#/components/schemas/Fault"}},
    },
}
FAULT: Schema = {
    "type": "object",
    "required": ["path", "code", "message", "facts"],
    "properties": {
        "path": {"type": "string", "description": "A JSON pointer; empty: the whole."},
        "code": {"type": "string"},
        "message": {"type": "string"},
        "facts": {"type": "object"},
    },
}
SECURITY: Mapping[str, Schema] = {
    "token": {
        "type": "http",
        "scheme": "bearer",
        "description": "From POST /api/v1/session or the command `pengcheng token`.",
    },
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": COOKIE,
        "description": "The session of a page; what changes something must come from our pages.",
    },
}

_kept: dict[tuple[int, int], bytes] = {}


@get("/openapi.json")
async def openapi(request: AnyRequest) -> Response[bytes]:
    """What this program answers, at the declarations of the moment."""
    services = services_of(request)
    key = (id(request.app), services.registry.version)
    if key not in _kept:
        _kept.clear()
        made = document(request.app, services.registry)
        _kept[key] = json_response(made).content
    return Response(_kept[key], media_type="application/json")


def document(app: Litestar, registry: Registry) -> Schema:
    """The whole description."""
    paths: dict[str, Schema] = {}
    for path, method, handler in routes(app):
        for told_path, suffix, names in _concrete(path, registry):
            made = _operation(registry, path, method, handler, suffix, names)
            made["parameters"] = [*_in_path(told_path), *made["parameters"]]
            paths.setdefault(_plain(told_path), {})[method.lower()] = made
    return {
        "openapi": VERSION,
        "info": {
            "title": "Pengcheng 鹏城",
            "version": f"1.{registry.version}",
            "description": "Every route of this city, with the types that its packs declare.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "security": [{name: []} for name in SECURITY],
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": _schemas(registry),
            "responses": {
                "Problem": {
                    "description": "Refused, absent, in conflict, or in trouble.",
                    "content": {MEDIA_TYPE: {"schema": referred("Problem")}},
                },
                "PageOrProblem": {
                    "description": "The same for a person: the page again, or one that says so.",
                    "content": {
                        "text/html": {"schema": {"type": "string"}},
                        MEDIA_TYPE: {"schema": referred("Problem")},
                    },
                },
            },
            "securitySchemes": dict(SECURITY),
        },
    }


def routes(app: Litestar) -> Iterator[tuple[str, str, HTTPRouteHandler]]:
    """(path, method, handler) of everything that the application answers."""
    for route in app.routes:
        if not isinstance(route, HTTPRoute):
            continue
        for handler in route.route_handlers:
            for method in sorted(handler.http_methods & METHODS):
                yield route.path, method, handler


def _plain(path: str) -> str:
    return _PARAMETER.sub(r"{\1}", path)


def _concrete(path: str, registry: Registry) -> list[tuple[str, str, dict[str, str]]]:
    """The addresses for which a route is told: (path, suffix of its id, names of schemas)."""
    if path.startswith("/api/v1/{type_name:str}"):
        return [
            (path.replace("{type_name:str}", type_.name), type_.name, _names(type_.name))
            for type_ in record_types(registry)
        ]
    if path.startswith("/api/v1/cases/{kind:str}"):
        return [
            (path.replace("{kind:str}", name), name, _names(name)) for name in registry.case_kinds
        ]
    return [(path, "", {})]


def record_types(registry: Registry) -> list[RecordType]:
    """The types that the generic route of records serves: cases and events are not kept so."""
    return [type_ for type_ in registry.types.values() if type_.role == "object"]


def _names(name: str) -> dict[str, str]:
    return {
        "@record": name,
        "@new": f"{name}.new",
        "@change": f"{name}.change",
        "@case": f"{name}.submission",
        "@view": f"{name}.view",
    }


def _in_path(path: str) -> list[Schema]:
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": {"type": "integer" if kind == "int" else "string"},
        }
        for name, kind in _PARAMETER.findall(path)
    ]


def _operation(
    registry: Registry, path: str, method: str, handler: HTTPRouteHandler, suffix: str,
    names: Mapping[str, str],
) -> Schema:  # fmt: skip
    route = f"{method} {_plain(path)}"
    known = TOLD.get(route)
    page = openapi_operations.PAGE if method in {"GET", "HEAD"} else openapi_operations.FORM
    told = known or page
    function = inspect.unwrap(handler.fn)
    place = function.__module__.rpartition(".")[2]
    words = [place, function.__name__, method.lower(), *([suffix] if suffix else [])]
    if known is None:
        words.append(re.sub(r"\W+", "_", _plain(path)).strip("_"))
    parameters = [*told.parameters]
    if method == "GET" and _plain(path) == RECORDS:
        parameters += _filters(registry, registry.types[suffix])
    made: Schema = {
        "operationId": ".".join(words),
        "tags": [suffix or told.tag],
        "summary": " ".join((function.__doc__ or f"{method} {_plain(path)}").split()),
        "parameters": parameters,
        "responses": _responses(told),
    }
    if told.body is not None:
        content = {told.body[0]: told.body[1], **told.more_bodies}
        made["requestBody"] = {
            "required": not told.is_body_optional,
            "content": {media_type: {"schema": schema} for media_type, schema in content.items()},
        }
    if told.anyone:
        made["security"] = [{}, *({name: []} for name in SECURITY)]
    renamed: Schema = _renamed(made, names)
    return renamed


def _responses(told: Operation) -> Schema:
    made: Schema = {}
    for status, answer in told.answers.items():
        made[str(status)] = {"description": "As asked." if status < 400 else "Not done."}
        content = {**(dict([answer]) if answer else {}), **told.also.get(str(status), {})}
        if content:
            made[str(status)]["content"] = _contents(content)
    refused = "PageOrProblem" if told.is_page else "Problem"
    for name in ("4XX", "5XX"):
        made[name] = {"$ref": f"#/components/responses/{refused}"}
        if also := told.also.get(name):
            content = {MEDIA_TYPE: referred("Problem"), **also}
            made[name] = {"description": "Refused.", "content": _contents(content)}
    return made


def _contents(content: Mapping[str, Schema]) -> Schema:
    return {media_type: {"schema": schema} for media_type, schema in content.items()}


_FIXED: Mapping[str, Schema] = {
    "code": TEXT,
    "title": TEXT,
    "area_no": {"type": "integer"},
    "organisation_no": {"type": "integer"},
    "owner_id": {"type": "string", "format": "uuid"},
    "changed_at": INSTANT,
}


def _filters(registry: Registry, type_: RecordType) -> list[Schema]:
    """The order, and a filter for each column, attribute and column of a table (`parts.name`) that
    an index serves."""
    orders = [sign + name for name in sorted_by(type_) for sign in ("", "-")]
    told = "By what: first to last, or with `-` last to first."
    made = [query("sort", {"type": "string", "enum": orders, "default": "id"}, told)]
    schemas = {name: one for name, one in _FIXED.items() if type_.attribute(name) is None}
    for item in type_.attributes:
        named = ((f"{item.name}.{column.name}", column) for column in item.columns)
        for name, one in ((item.name, item), *named):
            if one.kind in _FILTERED:
                single = msgspec.structs.replace(one, many=False)
                schemas[name] = attribute_schema(registry, single)
    for name, schema in schemas.items():
        first, *more = operators(type_, name) or ("",)
        if first == "eq":
            also = " ".join(f".{one}" for one in more)
            made.append(query(name, schema, f"Equal to; or with {also} after the name."))
        elif first:
            made.append(query(f"{name}.{first}", TEXT, "A piece of its text."))
    return made


def _renamed(value: Any, names: Mapping[str, str]) -> Any:
    """The same with "@record" and its like replaced by the schemas of a type."""
    if isinstance(value, dict):
        return {key: _renamed(inner, names) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_renamed(inner, names) for inner in value]
    if isinstance(value, str) and value.startswith("#/components/schemas/@"):
        head, _, name = value.rpartition("/")
        return f"{head}/{names[name]}"
    return value


def _schemas(registry: Registry) -> Schema:
    _, engines = msgspec.json.schema_components(STRUCTS, ref_template="#/components/schemas/{name}")
    made: Schema = {**engines, "Problem": PROBLEM, "Fault": FAULT}
    made["CaseAction"] = _without(engines["Action"], {"verb"})
    for type_ in record_types(registry):
        names = _names(type_.name)
        made[names["@record"]] = record_schema(registry, type_)
        made[names["@new"]] = new_schema(registry, type_)
        made[names["@change"]] = change_schema(registry, type_)
    for kind in registry.case_kinds.values():
        made.update(_case_schemas(registry, kind, engines))
    return made


def _case_schemas(registry: Registry, kind: CaseKind, engines: Schema) -> Schema:
    type_ = registry.type_(kind.type)
    names = _names(kind.type)
    submission = _without(engines["NewCase"], OWN_OF_CASES)
    submission["properties"] = {
        **submission["properties"],
        "channel": {"type": "string", "enum": list(kind.channels)},
        "fields": values_schema(registry, type_, partial=False),
    }
    submission["required"] = ["fields"]
    view: Schema = {
        "allOf": [
            referred("CaseView"),
            {"type": "object", "properties": {"fields": fields_schema(registry, type_)}},
        ]
    }
    return {names["@case"]: submission, names["@view"]: view}


def _without(schema: Schema, names: frozenset[str] | set[str]) -> Schema:
    kept = {name: inner for name, inner in schema["properties"].items() if name not in names}
    required = [name for name in schema.get("required", []) if name not in names]
    return {**schema, "additionalProperties": False, "properties": kept, "required": required}


HANDLERS = [openapi]
