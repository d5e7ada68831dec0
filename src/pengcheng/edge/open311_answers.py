"""The documents of GeoReport v2, as JSON and XML."""

from collections.abc import Mapping, Sequence
from typing import Any
from xml.etree import ElementTree

from litestar import Response

from pengcheng.edge.problems import body_of
from pengcheng.edge.replies import json_response
from pengcheng.edge.services import Services
from pengcheng.engines.cases import PublicCase
from pengcheng.engines.objects import Record
from pengcheng.kernel.areas import code_of
from pengcheng.kernel.errors import PengchengError
from pengcheng.kernel.registry import Process
from pengcheng.kernel.words import Language

JURISDICTION = "pengcheng"


def answer(
    ending: str, root: str, body: Any, item: str = "item", *, status: int = 200
) -> Response[bytes]:
    """A body in the format that was asked for."""
    if ending == "json":
        return json_response(body, status=status)
    element = ElementTree.Element(root)
    _fill(element, body, item)
    content = b'<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(
        element, encoding="utf-8"
    )
    return Response(content, status_code=status, media_type="text/xml")


def _fill(element: ElementTree.Element, body: Any, item: str) -> None:
    if isinstance(body, Mapping):
        for name, value in body.items():
            _fill(ElementTree.SubElement(element, name), value, _one_of(name))
    elif isinstance(body, Sequence) and not isinstance(body, str):
        for value in body:
            _fill(ElementTree.SubElement(element, item), value, "item")
    elif body is not None:
        told = str(body).lower() if isinstance(body, bool) else str(body)
        element.text = "".join(c for c in told if c in "\t\n\r" or c >= " ")


def _one_of(name: str) -> str:
    return name[:-1] if name.endswith("s") else "item"


def fault_answer(ending: str, failure: PengchengError, language: Language) -> Response[bytes]:
    """A failure as GeoReport v2 tells it: one row for each fault; what is wrong with the input is
    400 there."""
    status = 400 if failure.status in {413, 415, 422} else failure.status
    problem = body_of(failure, language, "")
    told = [
        f"{fault['path'].removeprefix('/')}: {fault['message']}"
        for fault in problem.get("faults", [])
    ]
    rows = told or [f"{problem['title']}. {problem['detail']}"]
    body = [{"code": status, "description": row} for row in rows]
    return answer(ending, "errors", body, "error", status=status)


def discovery_body(origin: str) -> dict[str, Any]:
    """Where the service is and what it speaks."""
    return {
        "changeset": "2026-11-01T00:00:00Z",
        "contact": "12345",
        "key_service": "none needed; a bearer token of this city may be sent as api_key",
        "endpoints": [
            {
                "specification": "http://wiki.open311.org/GeoReport_v2",
                "url": f"{origin}/open311/v2",
                "changeset": "2026-11-01T00:00:00Z",
                "type": "production",
                "formats": ["application/json", "text/xml"],
            }
        ],
    }


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
    services: Services, case: PublicCase, names: Mapping[str, Record]
) -> dict[str, Any]:
    """A case as anyone may see it."""
    process = _process(services, case)
    service = names.get(case.category or "")
    center = case.center or (None, None)
    area = services.areas.name_of(code_of(case.area_no)) if case.area_no is not None else None
    return {
        "service_request_id": case.code,
        "token": str(case.id),
        "status": "open" if case.open else "closed",
        "status_notes": process.step(case.step).label.zh if process else case.stage,
        "service_name": (case.category or "").split("/")[-1],
        "service_code": service.code if service else "",
        "description": case.body or "",
        "agency_responsible": services.organisations.of(case.organisation_id).name.zh,
        "service_notice": "",
        "requested_datetime": case.accepted_at.isoformat(),
        "updated_datetime": case.changed_at.isoformat(),
        "expected_datetime": case.due_at.isoformat() if case.due_at and case.open else None,
        "address": case.address or (area.zh if area else ""),
        "address_id": code_of(case.area_no)[:12] if case.area_no is not None else "",
        "zipcode": "",
        "lat": center[1],
        "long": center[0],
        "media_url": "",
    }


def _process(services: Services, case: PublicCase) -> Process | None:
    registry = services.registry
    kinds = [k for k in registry.case_kinds.values() if "open311" in k.channels]
    found = [registry.processes[kind.process] for kind in kinds]
    return next((p for p in found if any(step.id == case.step for step in p.steps)), None)
