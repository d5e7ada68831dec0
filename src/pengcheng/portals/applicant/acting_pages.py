"""What an author does with their case: add, withdraw, rate, confirm, reopen; join another's."""

from typing import Any

from litestar import Response, get, post
from litestar.datastructures import FormMultiDict

from pengcheng.edge.asking import AnyRequest
from pengcheng.edge.limits import limit_guest_files
from pengcheng.edge.problems import fault_of
from pengcheng.engines.cases import Action, Case
from pengcheng.engines.files import StoredFile
from pengcheng.kernel.authz import GUEST
from pengcheng.kernel.errors import Absent, Conflict, Refusal
from pengcheng.kernel.ids import to_id
from pengcheng.portals.applicant import telling
from pengcheng.portals.applicant.case_pages import case_page, reasons_of, verbs_of
from pengcheng.portals.applicant.forms import FILES_OF_A_FIELD, told
from pengcheng.portals.applicant.hinting import category_of
from pengcheng.portals.applicant.opening import Opened, elsewhere, opened
from pengcheng.portals.applicant.side import Side, paths, show, side_of
from pengcheng.portals.pages import form_of, go, texts_of, uploads_of

ASKS = {
    "message": ("body", "files"),
    "withdraw": ("reason",),
    "rate": ("grade",),
    "reopen": ("reason",),
}
"""What the verbs of an author ask for; others ask what their process declares."""

OPTIONAL = frozenset({("withdraw", "reason")})
REASONS_MAX = 10


@get(paths("/cases/{kind:str}/{code:str}/{verb:str}"))
async def asked(request: AnyRequest, kind: str, code: str, verb: str) -> Response[Any]:
    """The form of one act, naming the case that it is done to."""
    side = side_of(request)
    found = await opened(request, side, side.case_kind(kind), code)
    if found is None:
        return elsewhere(side, code)
    return await _form(request, side, found, verb)


async def _form(
    request: AnyRequest,
    side: Side,
    found: Opened,
    verb: str,
    *,
    texts: dict[str, str] | None = None,
    files: list[StoredFile] | None = None,
    faults: dict[str, str] | None = None,
) -> Response[Any]:
    case = found.view.case
    allowed = {item["verb"]: item["label"] for item in verbs_of(side, found.view)}
    own = f"{side.prefix}/cases/{case.kind}/{case.code}"
    if verb not in allowed:
        return go(f"{own}?said=not_now")
    values = {
        "case": case,
        "own": own,
        "verb": verb,
        "label": allowed[verb],
        "asks": asks_of(side, case, verb),
        "optional": {name for of, name in OPTIONAL if of == verb},
        "reasons": reasons_of(side, case.kind),
        "texts": texts or {},
        "kept": files or [],
        "faults": faults or {},
    }
    status = 422 if faults else 200
    return await show(request, side, "applicant/act.html", values, current="mine", status=status)


def asks_of(side: Side, case: Case, verb: str) -> tuple[str, ...]:
    """What an act asks its author for."""
    if verb in ASKS:
        return ASKS[verb]
    source = telling.process_of(side, case.kind).source.get("actions", {})
    declared = (source.get(verb) or {}).get("asks", ())
    names = {"reason": "reason", "note": "body", "files": "files"}
    return tuple(names[name] for name in declared if name in names)


@post(paths("/cases/{kind:str}/{code:str}/{verb:str}"), status_code=200)
async def act(request: AnyRequest, kind: str, code: str, verb: str) -> Response[Any]:
    """Do it, and show the case as it stands then."""
    side = side_of(request)
    found = await opened(request, side, side.case_kind(kind), code)
    if found is None:
        return elsewhere(side, code)
    form = await form_of(request)
    texts = texts_of(form)
    faults: dict[str, str] = {}
    files = await _files(request, form, side, faults)
    try:
        if faults:
            return await _form(request, side, found, verb, texts=texts, files=files, faults=faults)
        await _do(side, found, action_of(form, texts, verb, files))
    except Conflict:
        return go(f"{_own(side, found)}?said=changed")
    except Refusal as failure:
        return await _refused(request, side, found, verb, failure, texts, files)
    return go(_after(side, found, verb, texts))


def _own(side: Side, found: Opened) -> str:
    case = found.view.case
    return f"{side.prefix}/cases/{case.kind}/{case.code}"


def _after(side: Side, found: Opened, verb: str, texts: dict[str, str]) -> str:
    to = f"{side.prefix}/" if texts.get("from") == "home" else _own(side, found)
    return f"{to}?said={verb}"


async def _files(
    request: AnyRequest, form: FormMultiDict, side: Side, faults: dict[str, str]
) -> list[StoredFile]:
    named = [to_id(str(value)) for value in form.getall("files_kept", [])]
    kept = await side.services.uploads.loose(GUEST, [one for one in named if one is not None])
    for upload in [*uploads_of(form, "files")][:FILES_OF_A_FIELD]:
        try:
            limit_guest_files(request, 1)
            content = await upload.read()
            kept.append(await side.services.uploads.take(GUEST, content, upload.filename))
        except Refusal as failure:
            faults["files"] = told(side, failure)
    return kept


def action_of(
    form: FormMultiDict, texts: dict[str, str], verb: str, files: list[StoredFile]
) -> Action:
    """An act as the form says it."""
    version, grade = texts.get("version", ""), texts.get("grade", "")
    return Action(
        verb=verb,
        version=int(version) if version.isdecimal() and len(version) < 10 else 0,
        reason=texts.get("reason", ""),
        body=texts.get("body", ""),
        files=tuple(file.id for file in files),
        grade=int(grade) if grade in {"1", "2", "3", "4", "5"} else None,
        reasons=tuple(str(value) for value in form.getall("reasons", []))[:REASONS_MAX],
        details={"channel": "portal"},
    )


async def _do(side: Side, found: Opened, action: Action) -> None:
    case, acting = found.view.case, side.services.acting
    if found.receipt:
        await acting.act_by_receipt(case.kind, case.code, found.receipt, action, GUEST)
    else:
        await acting.act(side.actor, side.services.rights, case.kind, case.id, action)


async def _refused(
    request: AnyRequest,
    side: Side,
    found: Opened,
    verb: str,
    failure: Refusal,
    texts: dict[str, str],
    files: list[StoredFile],
) -> Response[Any]:
    faults = {
        fault.path.strip("/"): _sentence(side, fault.path, str(fault_of(fault, side.language)
                                                                ["message"]))
        for fault in failure.faults
    }  # fmt: skip
    if not faults:
        faults = {"": told(side, failure)}
    if verb == "rate" and texts.get("from") == "page":
        return await case_page(request, side, found, faults, texts)
    return await _form(request, side, found, verb, texts=texts, files=files, faults=faults)


def _sentence(side: Side, path: str, otherwise: str) -> str:
    known = {"/reason": "say_why", "/body": "say_something", "/grade": "choose_grade"}
    return side.say(f"applicant.form.{known[path]}") if path in known else otherwise


@get(paths("/public/{kind:str}/{code:str}"))
async def public(request: AnyRequest, kind: str, code: str) -> Response[str]:
    """What everybody may know of a matter, and joining it."""
    side = side_of(request)
    kind = side.case_kind(kind)
    matter = await side.services.matters.one(side.scope("read_public", kind), code)
    stages = dict(telling.process_of(side, kind).stages)
    values = {
        "matter": matter,
        "name": side.services.registry.type_(kind).label.in_(side.language),
        "title": matter.title
        or side.say("applicant.near.untitled", category=category_of(side, kind, matter.category)),
        "stage": stages[matter.stage].in_(side.language) if matter.stage in stages else "",
        "unit": side.unit(matter.organisation_id),
        "accepted": telling.near(side, matter.accepted_at),
        "due": telling.near(side, matter.due_at) if matter.replied_at is None else "",
        "own": f"{side.prefix}/public/{kind}/{code}",
        "may_follow": matter.open
        and not side.scope("follow", kind).is_empty
        and side.actor.person_id is not None,
    }
    return await show(request, side, "applicant/public.html", values)


@post(paths("/public/{kind:str}/{code:str}/follow"), status_code=200)
async def follow(request: AnyRequest, kind: str, code: str) -> Response[Any]:
    """Join a matter; joined twice, it is joined."""
    side = side_of(request)
    kind = side.case_kind(kind)
    own = f"{side.prefix}/public/{kind}/{code}"
    if not side.is_signed_in:
        return go(f"/sign-in?to={own}")
    scope = side.scope("follow", kind)
    services = side.services
    for _ in range(2):
        try:
            case = await services.cases.get(scope, code)
            action = Action(verb="follow", version=case.version)
            await services.acting.act(side.actor, services.rights, kind, case.id, action)
        except Conflict:
            continue
        return go(f"{own}?said=follow")
    raise Absent("case.unknown")


HANDLERS = [asked, act, public, follow]
