"""The description of the program is true: every route stands in it, and answers conform to it."""

import json
import re
from typing import Any

import jsonschema
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from pengcheng.edge.openapi import METHODS, TOLD, record_types, routes
from tests.city import City


@pytest.fixture(scope="module")
def told(city: City) -> dict[str, Any]:
    found: dict[str, Any] = city.client.get("/openapi.json").json()
    return found


def test_the_description_is_valid_openapi_3_1(told: dict[str, Any]) -> None:
    OpenAPIV31SpecValidator(told).validate()


def test_it_refers_to_nothing_outside_itself(told: dict[str, Any]) -> None:
    references = re.findall(r'"\$ref":\s*"([^"]+)"', json.dumps(told))

    assert references
    assert all(reference.startswith("#/") for reference in references)


def test_every_route_of_the_program_is_told(city: City, told: dict[str, Any]) -> None:
    served = {
        (re.sub(r":\w+}", "}", route.path), method)
        for route in city.client.app.routes
        for method in getattr(route, "methods", ())
        if method in METHODS
    }
    generic = {pair for pair in served if "{type_name}" in pair[0] or "/cases/{kind}" in pair[0]}
    described = {(path, method.upper()) for path, item in told["paths"].items() for method in item}

    assert served - generic <= described
    assert generic


PROGRAMS = re.compile(r"/(api|open311|files|tiles|events|metrics|healthz|readyz|openapi)\b")


def test_every_route_for_programs_is_told_in_full_and_no_other(city: City) -> None:
    served = {
        f"{method} {re.sub(r':[a-z]+}', '}', path)}"
        for path, method, _ in routes(city.client.app)
        if method in {"GET", "POST", "PUT", "PATCH", "DELETE"}
    }
    for_programs = {route for route in served if PROGRAMS.match(route.partition(" ")[2])}

    assert for_programs - set(TOLD) == set()
    assert set(TOLD) - served == set()
    assert {route for route in TOLD if "/process" in route} > {"GET /api/v1/processes"}


def test_each_declared_type_and_kind_has_paths_of_its_own(city: City, told: dict[str, Any]) -> None:
    registry = city.services.registry

    for type_ in record_types(registry):
        assert set(told["paths"][f"/api/v1/{type_.name}"]) >= {"get", "post"}
        assert set(told["paths"][f"/api/v1/{type_.name}/{{key}}"]) >= {"get", "patch", "delete"}
    for kind in registry.case_kinds:
        assert set(told["paths"][f"/api/v1/cases/{kind}"]) >= {"get", "post"}
        assert f"/api/v1/cases/{kind}/{{key}}/actions/{{verb}}" in told["paths"]


def test_the_schema_of_a_type_tells_what_is_declared(city: City, told: dict[str, Any]) -> None:
    registry = city.services.registry
    for type_ in record_types(registry):
        schema = told["components"]["schemas"][f"{type_.name}.new"]
        for item in type_.attributes:
            assert item.label.zh in json.dumps(schema["properties"][item.name], ensure_ascii=False)
        wanted = [i.name for i in type_.attributes if i.required and i.default is None]
        assert sorted(schema.get("required", [])) == sorted(wanted)


def test_every_operation_has_an_id_of_its_own_and_says_what_it_does(told: dict[str, Any]) -> None:
    operations = [item for path in told["paths"].values() for item in path.values()]
    ids = [item["operationId"] for item in operations]

    assert len(ids) == len(set(ids))
    assert all(item["summary"] for item in operations)


def conforms(told: dict[str, Any], path: str, method: str, answer: Any) -> None:
    """Whether an answer has a status, media type and shape that the description tells."""
    responses = told["paths"][path][method]["responses"]
    status = str(answer.status_code)
    found = responses.get(status) or responses[f"{status[0]}XX"]
    if "$ref" in found:
        found = told["components"]["responses"][found["$ref"].rpartition("/")[2]]
    media_type = answer.headers.get("content-type", "").partition(";")[0]
    if "content" not in found:
        assert answer.content == b""
        return
    assert media_type in found["content"]
    schema = {**found["content"][media_type]["schema"], "components": told["components"]}
    jsonschema.validate(answer.json(), schema, cls=jsonschema.Draft202012Validator)


ASKED = (
    ("/api/v1/duty", "get", "/api/v1/duty?limit=3", None),
    ("/api/v1/duty", "get", "/api/v1/duty?limit=x", None),
    ("/api/v1/duty/{key}", "get", "/api/v1/duty/DUTY00001", None),
    ("/api/v1/duty/{key}", "get", "/api/v1/duty/nothing", None),
    ("/api/v1/demand_category", "get", "/api/v1/demand_category?level1=城乡建设", None),
    ("/api/v1/cases/demand", "get", "/api/v1/cases/demand?state=all", None),
    ("/api/v1/cases/demand", "get", "/api/v1/cases/demand?state=x", None),
    ("/api/v1/cases/demand", "post", "/api/v1/cases/demand", {"fields": {}}),
    ("/api/v1/cases/demand", "post", "/api/v1/cases/demand",
     {"fields": {"subject": "路灯", "body": "不亮"}}),
    ("/api/v1/session", "get", "/api/v1/session", None),
    ("/api/v1/session", "post", "/api/v1/session", {"username": "x", "password": "y"}),
    ("/api/v1/duty", "post", "/api/v1/duty", {"level1": "x"}),
    ("/readyz", "get", "/readyz", None),
)  # fmt: skip


@pytest.mark.parametrize(("path", "method", "address", "body"), ASKED)
def test_an_answer_has_the_shape_that_is_told(
    city: City, told: dict[str, Any], path: str, method: str, address: str, body: Any
) -> None:
    city.send_case()

    answer = city.client.request(method.upper(), address, json=body, headers=city.as_("operator"))

    assert answer.status_code != 500
    conforms(told, path, method, answer)


def test_the_page_of_a_case_has_the_shape_that_is_told(city: City, told: dict[str, Any]) -> None:
    case = city.send_case()

    answer = city.client.get(f"/api/v1/cases/demand/{case['id']}", headers=city.as_("operator"))

    assert answer.status_code == 200
    conforms(told, "/api/v1/cases/demand/{key}", "get", answer)
