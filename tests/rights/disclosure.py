"""A city in which what must not come out is marked, and a reader who goes everywhere it leads."""

import re
from collections import Counter, deque
from collections.abc import Iterator
from typing import Any

import msgspec
from litestar.routes import HTTPRoute

from tests.city import ACCOUNTS, IN_MEITING, MEITING, City
from tests.portals.applicant.paper import HTML, picture

AUTHOR, OPEN_AUTHOR = "citizen2", "citizen"
CASES = "/api/v1/cases/demand"
READERS = (*ACCOUNTS, "guest")
SAME_SHAPE_MAX = 2
LINK = re.compile(r"""(?:href|src|action|data-[a-z-]+)="(/[^"#\s]*)""")
ADDRESS = re.compile(r""""(/(?:api|files|e|i|q|h)/[^"#\s<]*)\"""")
STREAMS = ("/events", "/e/live/")
NOT_READ = ("/static/", "/tiles/", "/gallery")


class Marked(msgspec.Struct, frozen=True, kw_only=True):
    """A demand whose parts are words that stand nowhere else."""

    disclosure: str
    id: str
    code: str
    receipt: str | None
    said: tuple[str, ...]
    who: tuple[str, ...]
    photo: str


def mark(city: City, disclosure: str, number: int) -> Marked:
    """A demand in Meiting, dispatched to the water bureau of Futian; what is open is another's, so
    that the author who is protected stands nowhere."""
    by = OPEN_AUTHOR if disclosure == "open" else AUTHOR
    said = (f"标记正文{number}甲", f"标记标题{number}乙", f"标记门牌{number}丙")
    who = (f"欧阳标记{number}", f"1391234000{number}", f"marked{number}@example.org")
    sent = city.client.post(
        "/api/v1/files", headers=city.as_(by),
        files=[("file", (f"{who[0]}.jpg", picture(place=True), "image/jpeg"))],
    )  # fmt: skip
    photo: str = sent.json()["items"][0]["id"]
    fields = {
        "subject": said[1], "body": f"{said[0]}，梅亭路口积水", "address": said[2],
        "contact_name": who[0], "contact_telephone": who[1], "contact_email": who[2],
        "photos": [photo],
    }  # fmt: skip
    case = city.send_case(
        by, fields=fields, disclosure=disclosure, area_code=MEITING, point=IN_MEITING,
        files=[photo],
    )  # fmt: skip
    unit = str(city.services.organisations.by_key("water@futian").id)
    sent = city.act("operator", case, "dispatch", organisation_id=unit, reason="水务")
    assert sent.status_code == 200, sent.text
    return Marked(
        disclosure=disclosure, id=case["id"], code=case["code"], receipt=case["receipt"],
        said=said, who=who, photo=photo,
    )  # fmt: skip


def seeds(city: City, cases: list[Marked]) -> list[str]:
    """The address of every GET route, filled with each thing that it can be about."""
    registry = city.services.registry
    codes = [case.code for case in cases]
    fills = {
        "kind": ["demand"], "old": ["1"], "level": ["district"],
        "file_id": [case.photo for case in cases],
        "type_name": [*registry.types], "z": ["12"], "x": ["3346"], "y": ["1786.mvt"],
        "relation": ["duties"], "pack": ["citizen_demands"], "file": [],
    }  # fmt: skip
    found: list[str] = []
    for route in city.client.app.routes:
        if not isinstance(route, HTTPRoute) or "GET" not in route.methods:
            continue
        names = re.findall(r"{(\w+):", route.path)
        values = [
            fills.get(name) or (codes if name in {"code", "key"} else [*registry.screens])
            for name in names
        ]
        found += _filled(route.path, names, values)
    found += [f"/api/v1/cases/demand/export?format={form}&state=all" for form in ("csv", "ndjson")]
    return found


def _filled(path: str, names: list[str], values: list[list[str]]) -> Iterator[str]:
    if not names:
        yield path
        return
    for value in values[0]:
        told = re.sub(rf"{{{names[0]}:\w+}}", value, path, count=1)
        yield from _filled(told, names[1:], values[1:])


def shape(address: str) -> str:
    """An address without the numbers and codes in it."""
    path, _, query = address.partition("?")
    bare = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}|[A-Z]{2}\d{6,}|\d{3,}", "*", path)
    return bare + "?" + "&".join(sorted(part.partition("=")[0] for part in query.split("&")))


def walk(city: City, who: str, start: list[str]) -> Iterator[tuple[str, Any]]:
    """Every answer that a reader gets who follows every link of every page."""
    seen: set[str] = set()
    shapes: Counter[str] = Counter()
    waiting = deque(start)
    given = set(start)
    while waiting:
        address = waiting.popleft()
        bare = address.partition("?")[0]
        if address in seen or bare.startswith((*STREAMS, *NOT_READ)):
            continue
        seen.add(address)
        form = shape(address)
        if address not in given and shapes[form] >= SAME_SHAPE_MAX:
            continue
        shapes[form] += 1
        answer = city.client.get(address, headers={**city.as_(who), **HTML}, follow_redirects=False)
        yield address, answer
        text = answer.text if "text" in answer.headers.get("content-type", "") else ""
        led = [answer.headers["location"]] if "location" in answer.headers else []
        links = [*led, *LINK.findall(text), *ADDRESS.findall(text)]
        waiting.extend(link.replace("&amp;", "&") for link in links if link.startswith("/"))
