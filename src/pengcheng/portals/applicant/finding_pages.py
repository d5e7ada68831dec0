"""Finding: a service by a sentence, an answer in the knowledge base, a case by its receipt code."""

from collections.abc import Mapping
from typing import Any

from litestar import Response, get, post

from pengcheng.edge.asking import AnyRequest
from pengcheng.engines.objects import Query, Record
from pengcheng.kernel.errors import Absent
from pengcheng.kernel.registry import RecordType
from pengcheng.portals.applicant import receipts
from pengcheng.portals.applicant.side import Side, paths, show, side_of
from pengcheng.portals.pages import form_of, go, texts_of

QUERY_MAX = 200
HITS = 10
ARTICLES = 100
CODE_MAX = 40


@get(paths("/search"))
async def search(request: AnyRequest) -> Response[Any]:
    """My own cases, what the knowledge base says, and the form that takes the sentence along."""
    side = side_of(request)
    asked = request.query_params.get("q", "").strip()[:QUERY_MAX]
    values = {
        "q": asked,
        "cases": await _own_cases(side, asked) if side.is_ready else [],
        "articles": await articles(side, asked),
        "forms": [
            {"name": screen.name, "label": screen.label.in_(side.language), "screen": screen}
            for screen in side.screens("form")
        ],
    }
    return await show(request, side, "applicant/search.html", values)


async def _own_cases(side: Side, asked: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for screen in side.screens("page"):
        kind = str(screen.of)
        scope = side.scope("read", kind)
        for hit in await side.services.search.find(scope, asked, limit=HITS):
            case = await side.services.cases.get(scope, hit.id)
            found.append(
                {
                    "title": case.title or case.code,
                    "href": f"{side.prefix}/cases/{kind}/{case.code}",
                    "at": case.accepted_at,
                    "open": case.open,
                }
            )
    return found


def knowledge_types(side: Side) -> list[RecordType]:
    """The declared types in which case kinds of this portal keep their knowledge."""
    registry = side.services.registry
    names = [
        registry.case_kinds[str(screen.of)].tables.get("knowledge")
        for screen in side.screens("form")
    ]
    return [
        registry.types[name] for name in dict.fromkeys(names) if name and name in registry.types
    ]


async def articles(side: Side, asked: str) -> list[dict[str, Any]]:
    """Answers that match a question: by every word, else by any of its longer words."""
    found: list[dict[str, Any]] = []
    for type_ in knowledge_types(side):
        scope = side.scope("read", type_.name)
        hits = await side.services.search.find(scope, asked, limit=HITS)
        for hit in hits:
            try:
                record = await side.services.objects.get(side.services.registry, scope, hit.id)
            except Absent:
                continue
            found.append(_article(side, type_, record))
    return found


def _article(side: Side, type_: RecordType, record: Record) -> dict[str, Any]:
    longs = [item.name for item in type_.attributes if item.kind == "long_text"]
    text = next((str(record.attributes[n]) for n in longs if record.attributes.get(n)), "")
    return {
        "title": record.title,
        "text": text,
        "basis": record.attributes.get("basis") or "",
        "code": record.code,
        "group": _group(side, type_, record),
    }


def _group(side: Side, type_: RecordType, record: Record) -> str:
    """What an answer is about: the first coded attribute that it has, by its name."""
    lists = side.services.registry.code_lists
    for item in type_.attributes:
        listed = lists.get(item.code_list or "")
        label = listed.label_of(str(record.attributes.get(item.name))) if listed else None
        if label is not None:
            return label.in_(side.language)
    return side.say("applicant.knowledge.other")


def _grouped(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Answers by what they are about, the fullest group first."""
    names = dict.fromkeys(item["group"] for item in found)
    groups = [
        {"name": name, "articles": [item for item in found if item["group"] == name]}
        for name in names
    ]
    return sorted(groups, key=lambda group: -len(group["articles"]))


@get(paths("/knowledge"))
async def knowledge(request: AnyRequest) -> Response[Any]:
    """The city's answers, to be read and sought."""
    side = side_of(request)
    asked = request.query_params.get("q", "").strip()[:QUERY_MAX]
    if asked:
        found = await articles(side, asked)
    else:
        found = [
            _article(side, type_, record)
            for type_ in knowledge_types(side)
            for record in (await _newest(side, type_))
        ]
    groups = [{"name": "", "articles": found}] if asked and found else _grouped(found)
    values = {"q": asked, "groups": groups, "own": f"{side.prefix}/knowledge",
              "forms": side.screens("form")}  # fmt: skip
    return await show(request, side, "applicant/knowledge.html", values)


async def _newest(side: Side, type_: RecordType) -> list[Record]:
    scope = side.scope("read", type_.name)
    page = await side.services.objects.page(side.services.registry, scope, Query(limit=ARTICLES))
    return list(page.records)


async def has_knowledge(side: Side) -> bool:
    """Whether there is any answer to be found here."""
    for type_ in knowledge_types(side):
        scope = side.scope("read", type_.name)
        if await side.services.objects.count(side.services.registry, scope):
            return True
    return False


@get(paths("/lookup"))
async def lookup_form(request: AnyRequest) -> Response[str]:
    """Follow a case without an account: its number and its receipt code."""
    side = side_of(request)
    code = request.query_params.get("code", "")[:CODE_MAX]
    return await _lookup(request, side, {"code": code}, {})


async def _lookup(
    request: AnyRequest, side: Side, texts: Mapping[str, str], faults: Mapping[str, str]
) -> Response[str]:
    values = {"texts": texts, "faults": faults, "own": f"{side.prefix}/lookup"}
    status = 422 if faults else 200
    return await show(request, side, "applicant/lookup.html", values, current="mine",
                      status=status)  # fmt: skip


@post(paths("/lookup"), status_code=200)
async def lookup(request: AnyRequest) -> Response[Any]:
    """Open the case; a wrong code and an unknown number get one and the same answer."""
    side = side_of(request)
    texts = texts_of(await form_of(request))
    code = texts.get("code", "").strip().upper()[:CODE_MAX]
    secret = texts.get("receipt", "").strip()[: receipts.LENGTH_MAX]
    faults = {
        name: side.say(f"applicant.lookup.{name}_needed")
        for name, value in (("code", code), ("receipt", secret))
        if not value
    }
    if faults:
        return await _lookup(request, side, texts, faults)
    try:
        view = await side.services.cases.view_by_receipt(side.services.rights, code, secret)
        kind = side.case_kind(view.case.kind)
    except Absent:
        wrong = {"receipt": side.say("applicant.lookup.wrong")}
        return await _lookup(request, side, texts, wrong)
    response = go(f"{side.prefix}/cases/{kind}/{code}")
    receipts.hold(response, request, side, code, secret)
    return response


HANDLERS = [search, knowledge, lookup_form, lookup]
