"""What a client of GeoReport v2 asks for and sends, read as the standard says: an argument that is
empty is one that was not given, and each fault is told under the name that the client used."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import msgspec
from litestar.datastructures import MultiDict, UploadFile

from pengcheng.edge.asking import AnyRequest, form_within, instant, services_of
from pengcheng.edge.files_api import BODY_BYTES_MAX as FILES_BYTES_MAX
from pengcheng.edge.files_api import FILES_AT_ONCE_MAX
from pengcheng.edge.limits import limit_guest_files
from pengcheng.engines.areas import Areas
from pengcheng.engines.cases import NewCase
from pengcheng.engines.objects import Record
from pengcheng.kernel.areas import is_area_code
from pengcheng.kernel.authz import Actor
from pengcheng.kernel.errors import Absent, Fault, Refusal, WrongMediaType, invalid
from pengcheng.kernel.registry import CaseKind

CHANNEL = "open311"
FORM_BYTES_MAX = 100_000
PAGE_MAX = 1000
"""Requests of one answer: "a span of 90 days or first 1000 requests, whichever is smallest"."""

SPAN = timedelta(days=90)
SUBJECT_LENGTH = 40
DESCRIPTION_LENGTH_MAX = 4000
MEDIA_URL_LENGTH_MAX = 900
STATUSES = ("open", "closed")

_FORM, _MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data"
_DEGREES = re.compile(r"[+-]?[0-9]{1,3}(\.[0-9]{1,20})?")
_OURS = {
    "/subject": "/description", "/body": "/description", "/address": "/address_string",
    "/contact_name": "/last_name", "/contact_telephone": "/phone", "/contact_email": "/email",
    "/point": "/lat", "/area_code": "/address_id", "/photos": "/media",
}  # fmt: skip


class Form(msgspec.Struct, frozen=True, kw_only=True):
    """What was sent: texts by name, less the empty ones, and files whatever their fields' name."""

    texts: Mapping[str, str]
    files: Sequence[UploadFile]


def path_of(record: Record) -> str:
    """The category of a service as cases carry it."""
    levels = (record.attributes.get(name) for name in ("level1", "level2", "level3"))
    return "/".join(str(level) for level in levels if level)


def wanted(
    query: MultiDict[Any], services: Mapping[str, str], now: datetime
) -> dict[str, Any]:  # fmt: skip
    """What a list of requests is narrowed to, as `Cases.public_page` takes it. Ids override all
    other arguments."""
    ids = _many(query, "service_request_id")
    if ids:
        if len(ids) > PAGE_MAX:
            facts = {"low": 1, "high": PAGE_MAX}
            raise invalid(Fault(path="/service_request_id", code="number.range", facts=facts))
        return {
            "codes": ids, "categories": None, "is_open": None, "between": (None, None),
            "limit": PAGE_MAX,
        }  # fmt: skip
    codes, statuses = _many(query, "service_code"), _many(query, "status")
    unknown = [code for code in codes if code not in services]
    odd = [status for status in statuses if status not in STATUSES]
    faults: list[Fault] = []
    if unknown:
        one = {"given": unknown[0]}
        faults.append(Fault(path="/service_code", code="reference.unknown", facts=one))
    if odd:
        other = {"given": odd[0], "allowed": ", ".join(STATUSES)}
        faults.append(Fault(path="/status", code="code.unknown", facts=other))
    between = _span(query, now)
    limit = _limit(query.get("page_size"))
    if faults:
        raise invalid(*faults)
    return {
        "codes": None,
        "categories": [services[code] for code in codes] or None,
        "is_open": statuses == ["open"] if len(set(statuses)) == 1 else None,
        "between": between,
        "limit": limit,
    }


def _many(query: MultiDict[Any], name: str) -> list[str]:
    """An argument that may be declared several times and holds values by commas."""
    parts = ",".join(str(text) for text in query.getall(name, [])).split(",")
    return [part.strip() for part in parts if part.strip()]


def _span(query: MultiDict[Any], now: datetime) -> tuple[datetime, datetime]:
    first = instant(query.get("start_date"), "/start_date")
    last = instant(query.get("end_date"), "/end_date")
    if first is not None and last is not None and last - first > SPAN:
        raise invalid(Fault(path="/end_date", code="open311.span", facts={"days": SPAN.days}))
    if last is None:
        last = now if first is None else min(now, first + SPAN)
    return first if first is not None else last - SPAN, last


def _limit(text: str | None) -> int:
    if not text:
        return PAGE_MAX
    if not re.fullmatch(r"[0-9]{1,4}", text) or not 1 <= int(text) <= PAGE_MAX:
        facts = {"low": 1, "high": PAGE_MAX}
        raise invalid(Fault(path="/page_size", code="number.range", facts=facts))
    return int(text)


async def form_of(request: AnyRequest) -> Form:
    """The fields of a request; with files where the form is one of several parts."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type not in {"", _FORM, _MULTIPART}:
        allowed = f"{_FORM}, {_MULTIPART}"
        raise WrongMediaType("request.media_type", given=media_type[:100], allowed=allowed)
    limit = FILES_BYTES_MAX if media_type == _MULTIPART else FORM_BYTES_MAX
    items = [*(await form_within(request, limit)).multi_items()]
    return Form(
        texts={name: value for name, value in items if isinstance(value, str) and value.strip()},
        files=[value for _, value in items if isinstance(value, UploadFile) and value.filename],
    )


async def files_of(request: AnyRequest, actor: Actor, form: Form) -> tuple[UUID, ...]:
    """Take in the files that came with a request."""
    if len(form.files) > FILES_AT_ONCE_MAX:
        facts = {"low": 0, "high": FILES_AT_ONCE_MAX}
        raise invalid(Fault(path="/media", code="number.range", facts=facts))
    if form.files:
        limit_guest_files(request, len(form.files))
    uploads = services_of(request).uploads
    kept = [await uploads.take(actor, await one.read(), one.filename) for one in form.files]
    return tuple(file.id for file in kept)


def new_case(
    kind: CaseKind, form: Mapping[str, str], services: Mapping[str, Record], areas: Areas
) -> NewCase:
    """A case as the form tells of it; every fault of it at once. A description is optional in the
    standard: without one, the service's name says what is the matter."""
    code = form.get("service_code")
    if code is not None and code not in services:
        raise Absent("open311.service_unknown", service_code=code[:100])
    faults: list[Fault] = []
    if code is None:
        faults.append(Fault(path="/service_code", code="field.required"))
    described = form.get("description", "").strip()
    if len(described) > DESCRIPTION_LENGTH_MAX:
        facts = {"limit": DESCRIPTION_LENGTH_MAX, "length": len(described)}
        faults.append(Fault(path="/description", code="text.too_long", facts=facts))
    media = _media(form.get("media_url", "").strip(), faults)
    point = _point(form, faults)
    area = None if point else _area(areas, form.get("address_id"), faults)
    if not {"lat", "long", "address_string", "address_id"} & form.keys():
        faults.append(Fault(path="/lat", code="open311.place_missing"))
    if faults or code is None:
        raise invalid(*faults)
    service = services[code]
    text = described or path_of(service).rpartition("/")[2]
    name = " ".join(form[part] for part in ("last_name", "first_name") if part in form)
    fields = {
        "subject": text.splitlines()[0][:SUBJECT_LENGTH],
        "body": f"{text}\n\n{media}" if media else text,
        "address": form.get("address_string"),
        "contact_name": name or None,
        "contact_telephone": form.get("phone"),
        "contact_email": form.get("email"),
        "category_level1": service.attributes.get("level1"),
        "category_level2": service.attributes.get("level2"),
        "category_level3": service.attributes.get("level3"),
    }
    return NewCase(
        kind=kind.type,
        channel=CHANNEL,
        fields={key: value for key, value in fields.items() if value is not None},
        point=point,
        area_code=area,
        category=path_of(service),
    )


def _point(form: Mapping[str, str], faults: list[Fault]) -> tuple[float, float] | None:
    """Longitude and latitude, which come together or not at all."""
    if "lat" not in form and "long" not in form:
        return None
    found: list[float] = []
    for name, most in (("long", 180), ("lat", 90)):
        text = form.get(name, "").strip()
        if not text:
            faults.append(Fault(path=f"/{name}", code="field.required"))
        elif not _DEGREES.fullmatch(text):
            faults.append(Fault(path=f"/{name}", code="number.kind"))
        elif not -most <= float(text) <= most:
            facts = {"low": -most, "high": most}
            faults.append(Fault(path=f"/{name}", code="number.range", facts=facts))
        else:
            found.append(float(text))
    return (found[0], found[1]) if len(found) == 2 else None


def _area(areas: Areas, code: str | None, faults: list[Fault]) -> str | None:
    """The area that an address id names: the codes of divisions and cells are this city's."""
    if code is None:
        return None
    try:
        if is_area_code(code) and areas.of(code):
            return code
    except Absent:
        pass
    faults.append(Fault(path="/address_id", code="reference.unknown", facts={"given": code[:40]}))
    return None


def _media(text: str, faults: list[Fault]) -> str:
    """The address of a picture elsewhere: it is kept as a text for those who handle the matter,
    and never asked for by the city."""
    if not text:
        return ""
    try:
        parts = urlsplit(text)
        is_fit = parts.scheme in {"http", "https"} and bool(parts.hostname) and not parts.username
    except ValueError:
        is_fit = False
    is_short = len(text) <= MEDIA_URL_LENGTH_MAX
    if not (is_fit and is_short and text.isprintable() and not re.search(r"\s", text)):
        faults.append(Fault(path="/media_url", code="url.form"))
    return text


def named_as_sent(failure: Refusal) -> Refusal:
    """A refusal whose faults name the fields as GeoReport v2 does, each once."""
    told = {
        (path, fault.code): msgspec.structs.replace(fault, path=path)
        for fault in failure.faults
        for path in [_OURS.get(fault.path, fault.path)]
    }
    if told:
        return Refusal(failure.code, faults=told.values(), **failure.facts)
    return failure
