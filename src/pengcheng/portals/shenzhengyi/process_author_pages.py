"""Where an author brings a BPMN 2.0 file: what the check finds, how it is drawn, how it runs on a
simulated clock, its publication; and where an official starts an instance and does its tasks."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
from litestar import Response, get, post
from markupsafe import Markup

from pengcheng.edge.asking import AnyRequest, services_of
from pengcheng.edge.error_words import words_of
from pengcheng.edge.process_instances_api import complete, roles_of, take
from pengcheng.edge.processes_api import BPMN_BYTES_MAX, allowed, publish, start
from pengcheng.edge.services import Services
from pengcheng.engines.processes import (
    Definition,
    FeelConditions,
    check,
    definition_in,
    draw,
    lines_of,
    prepare,
    read,
    try_out,
)
from pengcheng.kernel.authz import Actor
from pengcheng.kernel.errors import PengchengError, TooLarge
from pengcheng.kernel.words import Language
from pengcheng.portals.pages import form_of, go, render, texts_of, uploads_of
from pengcheng.portals.shenzhengyi.navigation import frame, official
from pengcheng.portals.shenzhengyi.texts import say

Values = dict[str, Any]
TYPE = "process_instance"
STEPS_SHOWN_MAX = 200
VARIABLES_MAX = 20_000


@get("/e/processes/new")
async def blank(request: AnyRequest) -> Response[Any]:
    """The form for a file; with `of`, the newest version of a process to change."""
    services, actor = services_of(request), official(request)
    allowed(services, actor, "create")
    name = request.query_params.get("of", "")
    text = ""
    if name:
        found = await services.overview.versions(allowed(services, actor, "read"), name)
        text = found[0].content
    return await _page(request, {"name": name, "text": text})


@post("/e/processes/new", status_code=200)
async def brought(request: AnyRequest) -> Response[Any]:
    """Check a file, try it, or publish it: what was asked for, on the same page."""
    services, actor = services_of(request), official(request)
    allowed(services, actor, "create")
    form = await form_of(request)
    typed = texts_of(form)
    text, name = typed.get("text", ""), typed.get("name", "")
    files = uploads_of(form, "file")
    if files:
        text = (await files[0].read()).decode("utf-8", "replace")
    if len(text.encode()) > BPMN_BYTES_MAX:
        raise TooLarge("process.file_too_large", size_bytes=len(text), limit_bytes=BPMN_BYTES_MAX)
    values: Values = {"name": name, "text": text, "typed": typed.get("variables", "")}
    try:
        definition = definition_in(read(text.encode()))
        values |= _looked_at(definition, actor.language)
        if typed.get("do") == "publish":
            version = await publish(services, actor, name or definition.process_id, text.encode())
            return go(f"/e/processes/{version.name}?version={version.number}")
        if typed.get("do") == "try" and not values["faults"]:
            values |= _tried(definition, values["typed"], services.clock.now(), actor.language)
    except PengchengError as refused:
        values["refused"] = said(refused, actor.language)
        return await _page(request, values, status=refused.status)
    return await _page(request, values, status=422 if values["faults"] else 200)


def _looked_at(definition: Definition, language: Language) -> Values:
    """What the check finds, and the drawing."""
    found = check(definition, FeelConditions())
    return {
        "name_of_file": definition.process_id,
        "findings": [
            {"grade": item.grade, "element": item.element, "says": item.says.in_(language)}
            for item in found
        ],
        "faults": sum(item.grade == "fault" for item in found),
        "svg": Markup(draw(definition, language=language)),  # noqa: S704 - escaped by draw
        "checked": True,
    }


def _tried(definition: Definition, typed: str, start: datetime, language: Language) -> Values:
    """The steps of a run in memory: nothing is stored, nothing outside is called."""
    variables = object_of(typed)
    if variables is None:
        return {"fault": say("flow.not_json", language)}
    program = prepare(definition, FeelConditions())
    steps: list[str] = []
    for step in try_out(program, variables, start):
        if len(steps) == STEPS_SHOWN_MAX:
            break
        steps.append("\n".join(lines_of(program, step)))
    return {"steps": steps}


async def _page(request: AnyRequest, values: Values, *, status: int = 200) -> Response[Any]:
    page = await frame(request, "processes")
    blank_: Values = {"typed": "", "fault": "", "refused": "", "findings": [], "faults": 0,
                      "svg": "", "checked": False, "steps": None, "name_of_file": ""}  # fmt: skip
    given = {**blank_, **values}
    return render(request, "shenzhengyi/process_new.html", page, given, status=status)


# ── instances and their tasks ────────────────────────────────────────────────────────────────


@post("/e/processes/{name:str}/start", status_code=200)
async def started(request: AnyRequest, name: str) -> Response[Any]:
    """Start an instance of the newest version in one's own organisation."""
    services, actor = services_of(request), official(request)
    typed = texts_of(await form_of(request)).get("variables", "")[:VARIABLES_MAX]
    variables = object_of(typed)
    if variables is None:
        return go(f"/e/processes/{name}?fault=variables#start")
    instance = await start(services, actor, name, variables, None)
    return go(f"/e/processes/instances/{instance.id}")


@get("/e/processes/tasks")
async def tasks(request: AnyRequest) -> Response[Any]:
    """Open tasks of the reader's roles, the oldest first."""
    services, actor = services_of(request), official(request)
    scope = services.rights.scope(actor, "complete", TYPE)
    rows = [] if scope.is_empty else await services.processes.tasks(scope, roles_of(actor))
    lines = [await _task_line(services, actor, row) for row in rows[:STEPS_SHOWN_MAX]]
    page = await frame(request, "processes")
    return render(request, "shenzhengyi/process_tasks.html", page, {"rows": lines})


async def _task_line(services: Services, actor: Actor, task: Any) -> Values:
    scope = services.rights.scope(actor, "read", TYPE)
    instance = await services.processes.get(scope, task.instance_id)
    definition = await services.processes.definition_of(instance)
    node = next((n for n in definition.process.body.nodes if n.id == task.node), None)
    english = node.name_en if node and actor.language == "en" else ""
    process = definition.process
    title = (process.name_en if actor.language == "en" else "") or process.name or process.id
    return {
        "task": task,
        "step": english or (node.name if node else "") or task.node,
        "process": title,
        "mine": task.taken_by == actor.account_id,
    }


@post("/e/processes/instances/{key:str}/tasks/{position:int}/{what:str}", status_code=200)
async def done(request: AnyRequest, key: str, position: int, what: str) -> Response[Any]:
    """Take a task of one's role, or complete it with its results."""
    services, actor = services_of(request), official(request)
    form = texts_of(await form_of(request))
    if what == "take":
        await take(services, actor, key, position)
    else:
        variables = object_of(form.get("variables", "")[:VARIABLES_MAX])
        if variables is None:
            return go(f"/e/processes/instances/{key}?fault=variables#tasks")
        action = form.get("action", "")
        chosen = {"action": action} if action else {}
        await complete(services, actor, key, position, {**variables, **chosen})
    return go(f"/e/processes/instances/{key}")


def choices_of(definition: Definition, node: str, language: Language) -> list[Mapping[str, str]]:
    """The ways out of a task that are chosen by `action = "…"`, as options."""
    body = definition.process.body
    first = [flow.target for flow in body.flows if flow.source == node]
    gates = {item.id for item in body.nodes if item.id in first}
    found: list[Mapping[str, str]] = []
    for flow in body.flows:
        text = flow.condition.text if flow.condition else ""
        if flow.source in gates and text.replace(" ", "").startswith('action="'):
            value = text.partition('"')[2].rpartition('"')[0]
            label = (flow.name_en if language == "en" else "") or flow.name or value
            found.append({"value": value, "text": label})
    return found


def said(refused: PengchengError, language: Language) -> list[str]:
    """What a refusal says, with each of its faults."""
    told = [words_of(refused.code).detail.fill(language, refused.facts)]
    found = refused.facts.get("found")
    if refused.code == "process.cannot_run" and isinstance(found, list):
        return [item.in_(language) for item in found]
    return told


def object_of(text: str) -> dict[str, Any] | None:
    """A JSON object that was typed; nothing typed is an empty one, anything else is None."""
    if not text.strip():
        return {}
    try:
        found = msgspec.json.decode(text)
    except msgspec.DecodeError:
        return None
    return found if isinstance(found, dict) else None


HANDLERS = [blank, brought, started, tasks, done]
