"""The documents of GeoReport v2, as JSON and XML."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree

import msgspec
from litestar import Response

from pengcheng.edge.problems import body_of, waiting_headers
from pengcheng.edge.services import Services
from pengcheng.engines.cases import PublicCase
from pengcheng.engines.objects import Record
from pengcheng.kernel.areas import code_of
from pengcheng.kernel.errors import Absent, PengchengError
from pengcheng.kernel.registry import Process
from pengcheng.kernel.words import Language

DESCRIPTION_LENGTH_MAX = 4000
FROM_ANYWHERE = {"Access-Control-Allow-Origin": "*"}
"""What is told here is told to anybody, so a page of any other site may read it too; a browser
sends no session along with such a request."""

_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def answer(
    ending: str, root: str, body: Any, item: str = "item", *, status: int = 200,
    headers: Mapping[str, str] = FROM_ANYWHERE,
) -> Response[bytes]:  # fmt: skip
    """A body in the format that was asked for."""
    sent = {**FROM_ANYWHERE, **headers}
    if ending == "json":
        content, media_type = msgspec.json.encode(body), "application/json; charset=utf-8"
        return Response(content, status_code=status, media_type=media_type, headers=sent)
    element = ElementTree.Element(root)
    _fill(element, body, item)
    content = b'<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(
        element, encoding="utf-8"
    )
    return Response(content, status_code=status, media_type="text/xml", headers=sent)


def _fill(element: ElementTree.Element, body: Any, item: str) -> None:
    if isinstance(body, Mapping):
        for name, value in body.items():
            _fill(ElementTree.SubElement(element, name), value, _one_of(name))
    elif isinstance(body, Sequence) and not isinstance(body, str):
        for value in body:
            _fill(ElementTree.SubElement(element, item), value, "item")
    elif body is not None:
        told = str(body).lower() if isinstance(body, bool) else str(body)
        element.text = _NO_XML.sub("", told)


def _one_of(name: str) -> str:
    return name[:-1] if name.endswith("s") else "item"


def fault_answer(ending: str, failure: PengchengError, language: Language) -> Response[bytes]:
    """A failure as GeoReport v2 tells it: one row for each fault; what is wrong with the input is
    400 there."""
    status = 400 if failure.status in {405, 413, 415, 422} else failure.status
    problem = body_of(failure, language, "")
    told = [
        f"{fault['path'].removeprefix('/')}: {fault['message']}"
        for fault in problem.get("faults", [])
    ]
    given = failure.facts.get("service_code")
    what = f"service_code {given}: " if given else ""
    allowed = failure.facts.get("allowed")
    more = f" ({allowed})" if allowed else ""
    rows = told or [f"{what}{problem['title']}. {problem['detail']}{more}"]
    body = [{"code": status, "description": row} for row in rows]
    return answer(ending, "errors", body, "error", status=status, headers=waiting_headers(failure))


def discovery_body(origin: str, services: Sequence[Record], *, is_sample: bool) -> dict[str, Any]:
    """Where the service is and what it speaks. A change of the services is a newer `changeset`;
    what a sample city is told is not acted upon by anybody."""
    changed = max((record.changed_at for record in services), default=None)
    changeset = w3(changed) if changed else "1970-01-01T00:00:00+00:00"
    return {
        "changeset": changeset,
        "contact": "12345",
        "key_service": "none needed; a bearer token of this city may be sent as api_key",
        "endpoints": [
            {
                "specification": "http://wiki.open311.org/GeoReport_v2",
                "url": f"{origin}/open311/v2",
                "changeset": changeset,
                "type": "test" if is_sample else "production",
                "formats": ["text/xml", "application/json"],
            }
        ],
    }


def w3(at: datetime) -> str:
    """An instant to the second with its zone, as https://www.w3.org/TR/NOTE-datetime has it."""
    return at.astimezone(UTC).isoformat(timespec="seconds")


def service_body(record: Record) -> dict[str, Any]:
    """A category leaf as a service."""
    values = record.attributes
    levels = [values.get(name) for name in ("level1", "level2", "level3")]
    told = [str(level) for level in levels if level]
    return {
        "service_code": record.code,
        "service_name": told[-1] if told else record.title,
        "description": " / ".join(told),
        "metadata": False,
        "type": "realtime",
        "keywords": ",".join(told),
        "group": told[0] if told else "",
    }


def request_body(
    services: Services, case: PublicCase, names: Mapping[str, Record], language: Language
) -> dict[str, Any]:
    """A case as anyone may see it."""
    process = _process(services, case)
    service = names.get(case.category or "")
    longitude, latitude = case.center or (None, None)
    area = code_of(case.area_no)[:12] if case.area_no is not None else None
    unit = services.organisations.of(case.organisation_id).name
    # Of a closed request: when it was closed.
    updated = case.changed_at if case.open else case.closed_at or case.changed_at
    return {
        "service_request_id": case.code,
        "token": str(case.id),
        "status": "open" if case.open else "closed",
        "status_notes": process.step(case.step).label.in_(language) if process else case.stage,
        "service_name": (case.category or "").split("/")[-1] or None,
        "service_code": service.code if service else "",
        "description": case.body[:DESCRIPTION_LENGTH_MAX] if case.body else None,
        "agency_responsible": unit.in_(language),
        "service_notice": None,
        "requested_datetime": w3(case.accepted_at),
        "updated_datetime": w3(updated),
        "expected_datetime": w3(case.due_at) if case.due_at and case.open else None,
        "address": _address(services, area, language) if area else None,
        "address_id": area,
        "zipcode": None,
        "lat": latitude,
        "long": longitude,
        "media_url": None,
    }


def _address(services: Services, area: str, language: Language) -> str | None:
    """The divisions of an area as people say them, never a house: the place is no more exact."""
    try:
        division = services.areas.of(area)
    except Absent:
        return None
    around = services.areas.name_of(area).in_(language)
    own = division.name.in_(language)
    if division.level != "community":
        return around
    return f"{own}, {around}" if language == "en" else f"{around}{own}"


def _process(services: Services, case: PublicCase) -> Process | None:
    registry = services.registry
    kinds = [k for k in registry.case_kinds.values() if "open311" in k.channels]
    found = [registry.processes[kind.process] for kind in kinds]
    return next((p for p in found if any(step.id == case.step for step in p.steps)), None)
