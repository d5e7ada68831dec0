"""Doing something with a case from its page: the verbs, undoing an automatic step, one's own list.

Two officials at once: the engine lets one win; the other sees the newer state with everything that
was typed still in the form.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from litestar import Response, post
from litestar.datastructures import FormMultiDict

from pengcheng.edge.asking import AnyRequest, id_or_code, services_of
from pengcheng.edge.error_words import words_of
from pengcheng.edge.services import Services
from pengcheng.engines.cases import Action, Case, CaseView, watch
from pengcheng.kernel.authz import Actor
from pengcheng.kernel.errors import Conflict, Fault, Forbidden, Refusal, invalid
from pengcheng.kernel.texts import natural
from pengcheng.portals.pages import (
    faults_by_field,
    form_of,
    go,
    own_address,
    texts_of,
    uploads_of,
)
from pengcheng.portals.shenzhengyi import verbs
from pengcheng.portals.shenzhengyi.navigation import forget_counts, official, screen_of
from pengcheng.portals.shenzhengyi.texts import say
from pengcheng.portals.shenzhengyi.workbench import case_page

UNDO_FIELDS = {"category": "category", "place": "area_code"}


@post("/e/list/{name:str}/{key:str}/do/{verb:str}", status_code=200)
async def act(request: AnyRequest, name: str, key: str, verb: str) -> Response[Any]:
    """Do a verb; back to the case, or the page again with what was typed."""
    services, actor = services_of(request), official(request)
    screen = screen_of(services.registry, actor, name, "list", "board")
    kind = screen.of or ""
    form = await form_of(request)
    texts = texts_of(form)
    view = await _view(services, actor, kind, key)
    chosen = _verb(services, actor, view, verb)
    try:
        files = await _files(services, actor, form)
        action = verbs.action_of(
            services, view.case, chosen, texts, files, [k for k in verbs.ANSWERS if k in texts]
        )
        after = await _done(services, actor, kind, view.case, action)
    except (Refusal, Conflict) as failure:
        more = refused(request, failure, texts, chosen)
        more["found_units"] = verbs.units_named(services, texts.get("unit_text", ""))
        return await case_page(request, screen, key, status=failure.status, more=more)
    forget_counts(actor)
    told = f"&said={chosen.name}"
    return go(f"/e/list/{name}/{after}?{request.url.query}{told}")


def refused(
    request: AnyRequest, failure: Refusal | Conflict, texts: Mapping[str, str], verb: verbs.Verb
) -> dict[str, Any]:
    """What the page says again after a refusal: the form as it was typed, and why."""
    language = official(request).language
    words = words_of(failure.code)
    faults = failure.faults if isinstance(failure, Refusal) else ()
    return {
        "typed": dict(texts),
        "verb": verb,
        "faults": faults_by_field(request, faults),
        "conflict": {
            "is_conflict": isinstance(failure, Conflict),
            "title": words.title.in_(language),
            "text": words.detail.fill(language, failure.facts),
        },
    }


async def _view(services: Services, actor: Actor, kind: str, key: str) -> CaseView:
    scope = services.rights.scope(actor, "read", kind)
    return await services.cases.view(scope, services.rights, id_or_code(key))


def _verb(services: Services, actor: Actor, view: CaseView, name: str) -> verbs.Verb:
    """The verb as the panel would draw it; one that is not possible now is left to the engine,
    which says why."""
    registry, kind = services.registry, view.case.kind
    process = registry.processes[registry.case_kind(kind).process]
    label = verbs.verb_label(process, name).in_(actor.language)
    return verbs.Verb(name=name, label=label, asks=verbs.asks_of(process, name))


async def _files(services: Services, actor: Actor, form: FormMultiDict) -> list[UUID]:
    return [
        (await services.uploads.take(actor, await item.read(), item.filename, purpose="reply")).id
        for item in uploads_of(form, "files")
    ]


async def _done(services: Services, actor: Actor, kind: str, case: Case, action: Action) -> str:
    """Do it; the code of the case to show next."""
    if action.verb == "split":
        made = await services.splitting.split(actor, services.rights, kind, case.id, action)
        return made.code
    if action.verb == "unseal":
        raise Forbidden("case.not_yours_to_do", verb=action.verb)
    await services.acting.act(actor, services.rights, kind, case.id, action)
    return case.code


@post("/e/list/{name:str}/{key:str}/undo/{step:str}", status_code=200)
async def undo(request: AnyRequest, name: str, key: str, step: str) -> Response[Any]:
    """Undo an automatic step: a person's word replaces it, and trains the next."""
    services, actor = services_of(request), official(request)
    screen = screen_of(services.registry, actor, name, "list", "board")
    kind = screen.of or ""
    texts = texts_of(await form_of(request))
    view = await _view(services, actor, kind, key)
    details = {field: texts.get(field, "") for s, field in UNDO_FIELDS.items() if s == step}
    version = natural(texts.get("version", ""))
    action = Action(verb="undo", version=version, details=details)
    try:
        await services.tasking.undo(actor, services.rights, kind, view.case.id, step, action)
    except (Refusal, Conflict) as failure:
        process = services.registry.processes[services.registry.case_kind(kind).process]
        label = verbs.verb_label(process, "undo").in_(actor.language)
        more = refused(request, failure, texts, verbs.Verb(name="undo", label=label, asks=()))
        del more["verb"]
        return await case_page(request, screen, key, status=failure.status, more=more)
    return go(f"/e/list/{name}/{view.case.code}?{request.url.query}&said=undo")


@post("/e/list/{name:str}/{key:str}/watch", status_code=200)
async def watch_case(request: AnyRequest, name: str, key: str) -> Response[Any]:
    """Put a case on one's own list, or take it off."""
    services, actor = services_of(request), official(request)
    screen = screen_of(services.registry, actor, name, "list", "board")
    texts = texts_of(await form_of(request))
    scope = services.rights.scope(actor, "read", screen.of or "")
    await watch(services.cases, scope, id_or_code(key), on=texts.get("on") == "1")
    return go(f"/e/list/{name}/{key}?{request.url.query}")


@post("/e/list/{name:str}/{key:str}/unseal", status_code=200)
async def unseal(request: AnyRequest, name: str, key: str) -> Response[Any]:
    """Open a confidential author's values, with a reason; shown once, on this answer only."""
    services, actor = services_of(request), official(request)
    screen = screen_of(services.registry, actor, name, "list", "board")
    kind = screen.of or ""
    texts = texts_of(await form_of(request))
    chosen = verbs.Verb(name="unseal", label=say("e.verb.unseal", actor.language), asks=("reason",))
    scope = services.rights.scope(actor, "unseal", kind)
    try:
        found = await services.cases.unseal(
            scope, id_or_code(key), texts.get("reason", ""), services.cipher
        )
    except (Refusal, Conflict) as failure:
        more = refused(request, failure, texts, chosen)
        return await case_page(request, screen, key, status=failure.status, more=more)
    type_ = services.registry.type_(kind)
    told = [
        {"label": item.label.in_(actor.language), "value": str(found[item.name])}
        for item in type_.attributes
        if found.get(item.name)
    ]
    return await case_page(request, screen, key, more={"unsealed": told})


@post("/e/list/{name:str}/batch/{verb:str}", status_code=200)
async def batch(request: AnyRequest, name: str, verb: str) -> Response[Any]:
    """One verb on the chosen cases: each on its own, and how many went."""
    services, actor = services_of(request), official(request)
    screen = screen_of(services.registry, actor, name, "list", "board")
    kind = screen.of or ""
    form = await form_of(request)
    texts = texts_of(form)
    chosen = chosen_cases(form)
    if not chosen:
        raise invalid(Fault(path="/case", code="field.required"))
    process = services.registry.processes[services.registry.case_kind(kind).process]
    asked = verbs.Verb(name=verb, label="", asks=verbs.asks_of(process, verb))
    done, failed = 0, []
    for code, version in chosen:
        scope = services.rights.scope(actor, "read", kind)
        try:
            case = await services.cases.get(scope, code)
            action = verbs.action_of(services, case, asked, {**texts, "version": version}, (), ())
            await services.acting.act(actor, services.rights, kind, code, action)
            done += 1
        except (Refusal, Conflict) as failure:
            failed.append((code, words_of(failure.code).title.in_(actor.language)))
    forget_counts(actor)
    back = own_address(f"/e/list/{name}?{request.url.query}")
    lost = ",".join(code for code, _ in failed[:10])
    return go(f"{back}&said=batch&done={done}&lost={lost}")


def chosen_cases(form: FormMultiDict) -> Sequence[tuple[str, str]]:
    """The cases ticked in a list, or the only one whose own button was pressed: (code, the version
    that was shown)."""
    found = []
    for value in form.getall("only", []) or form.getall("case", []):
        code, _, version = str(value).partition(":")
        found.append((code, version))
    return found


HANDLERS = [act, undo, watch_case, unseal, batch]
