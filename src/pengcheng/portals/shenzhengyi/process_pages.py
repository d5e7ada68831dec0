"""Processes on screen: what is published, an instance drawn with its path, stuck steps mended, and
the process of a case with how long each step took."""

from collections.abc import Sequence
from typing import Any

from litestar import Response, get, post
from markupsafe import Markup

from pengcheng.edge.asking import AnyRequest, id_or_code, services_of
from pengcheng.edge.error_words import words_of
from pengcheng.edge.process_instances_api import mending, roles_of
from pengcheng.edge.processes_api import allowed, instance_id_of, numbered
from pengcheng.edge.services import Services
from pengcheng.engines.processes import Definition, InstanceView, Retry, draw, facts_of
from pengcheng.kernel.authz import Actor
from pengcheng.kernel.words import Language
from pengcheng.portals.pages import form_of, go, render, texts_of
from pengcheng.portals.shenzhengyi import process_author_pages, process_upgrade_pages
from pengcheng.portals.shenzhengyi.navigation import frame, official
from pengcheng.portals.shenzhengyi.process_author_pages import choices_of, object_of
from pengcheng.portals.shenzhengyi.process_tab import case_steps, drawn, holder_of, lasted
from pengcheng.portals.shenzhengyi.rule_words import RuleWords
from pengcheng.portals.shenzhengyi.texts import say

Values = dict[str, Any]
TYPE = "process_instance"
VARIABLES_MAX = 20_000


@get(["/e/processes", "/e/admin/processes"])
async def listed(request: AnyRequest) -> Response[Any]:
    """Every published process."""
    services, actor = services_of(request), official(request)
    rows = await services.overview.published(allowed(services, actor, "read"))
    kinds = {kind.process for kind in services.registry.case_kinds.values()}
    values = {
        "rows": rows, "kinds": kinds, "labels": _labels(services, actor.language),
        "may_create": not services.rights.scope(actor, "create", "process").is_empty,
    }  # fmt: skip
    page = await frame(request, "processes")
    return render(request, "shenzhengyi/process_list.html", page, values)


@get("/e/processes/{name:str}")
async def one(request: AnyRequest, name: str) -> Response[Any]:
    """A process: its drawing, its versions, what runs by it."""
    services, actor = services_of(request), official(request)
    found = await services.overview.versions(allowed(services, actor, "read"), name)
    version = numbered(found, request.query_params.get("version"))
    definition = await services.overview.definition(version)
    scope = services.rights.scope(actor, "read", TYPE)
    lines = await services.overview.instances(scope, name)
    of_cases = any(kind.process == name for kind in services.registry.case_kinds.values())
    values = {
        "name": name,
        "label": _labels(services, actor.language).get(name, name),
        "version": version,
        "versions": found,
        "kinds": [
            kind.type for kind in services.registry.case_kinds.values() if kind.process == name
        ],
        "svg": Markup(draw(definition, language=actor.language)),  # noqa: S704 - escaped by draw
        "may_change": not of_cases
        and not services.rights.scope(actor, "create", "process").is_empty,
        "may_start": not of_cases and not services.rights.scope(actor, "create", TYPE).is_empty,
        "start_fault": _fault(request, actor.language),
        "rows": [
            {"line": line, "at": _names(definition, line.nodes, actor.language)} for line in lines
        ],
    }
    return render(request, "shenzhengyi/process.html", await frame(request, "processes"), values)


@get("/e/processes/instances/{key:str}")
async def instance(request: AnyRequest, key: str) -> Response[Any]:
    """An instance: the path that it took, where it stands and with whom, what it is stuck on."""
    return await _instance_page(request, key)


@post("/e/processes/instances/{key:str}/retry/{position:int}", status_code=200)
async def retried(request: AnyRequest, key: str, position: int) -> Response[Any]:
    """Try a stuck step again, with variables that mend it."""
    services, actor = services_of(request), official(request)
    typed = texts_of(await form_of(request)).get("variables", "")[:VARIABLES_MAX]
    given = object_of(typed)
    if given is None:
        return await _instance_page(request, key, typed=typed, status=422)
    scope = mending(services, actor)
    await services.processes.act(scope, instance_id_of(key), Retry(position, given))
    return go(f"/e/processes/instances/{key}")


@get("/e/cases/{kind:str}/{key:str}/process")
async def case_process(request: AnyRequest, kind: str, key: str) -> Response[Any]:
    """The process of a case with the path that it took and how long each step lasted."""
    services, actor = services_of(request), official(request)
    services.registry.case_kind(kind)
    scope = services.rights.scope(actor, "read", kind)
    view = await services.cases.view(scope, services.rights, id_or_code(key))
    holder = await holder_of(services, actor, view.case)
    values = {
        "view": view,
        "process": drawn(services, view, actor.language, holder),
        "rows": case_steps(services, view, actor.language),
        "case_url": f"/e/case/{kind}/{view.case.code}",
    }
    page = await frame(request, "")
    return render(request, "shenzhengyi/process_case.html", page, values)


async def _instance_page(
    request: AnyRequest, key: str, *, typed: str = "", status: int = 200
) -> Response[Any]:
    services, actor = services_of(request), official(request)
    language = actor.language
    scope = services.rights.scope(actor, "read", TYPE)
    view = await services.overview.view(scope, instance_id_of(key))
    definition = await services.processes.definition_of(view.instance)
    rest = await _open(services, actor, view, definition)
    notes = _notes(services, view, definition, rest, language)
    svg = await services.processes.drawing(scope, view.instance.id, language, notes)
    told = RuleWords(services.registry, view.version.name, language)
    values = {
        "view": view,
        "label": _labels(services, language).get(view.version.name, view.version.name),
        "svg": Markup(svg),  # noqa: S704 - escaped by draw
        "state": say(f"flow.status_{view.instance.state.status}", language),
        "open": rest,
        "stuck": _stuck(view, definition, language),
        "doable": _doable(services, actor, view, definition),
        "task_fault": _fault(request, language),
        "steps": [
            {"at": step.at, "who": step.who, "nodes": _names(definition, step.nodes, language)}
            for step in view.steps
        ],
        "variables": [(name, told.value(name, value)) for name, value in
                      sorted(view.instance.state.variables.items())],
        "may_mend": not services.rights.scope(actor, "change", TYPE).is_empty,
        "typed": typed,
        "fault": say("flow.not_json", language) if status != 200 else "",
    }  # fmt: skip
    page = await frame(request, "processes")
    return render(request, "shenzhengyi/process_instance.html", page, values, status=status)


async def _open(
    services: Services, actor: Actor, view: InstanceView, definition: Definition
) -> list[Values]:
    """Where tokens rest: the step, whose it is, who has taken it, how long it has stood."""
    language = actor.language
    organisation = view.instance.about.organisation_no
    held = await services.people.colleagues(actor, organisation) if organisation else []
    names = {item.account_id: item.person_name for item in held}
    roles = services.registry.roles
    tasks = {task.position: task for task in view.tasks}
    found = []
    for position in view.instance.state.positions.values():
        task = tasks.get(position.id)
        role = task.role if task else ""
        holder = ""
        if task is not None:
            holder = say("flow.nobody", language)
            if task.taken_by is not None:
                holder = names.get(task.taken_by, say("flow.someone", language))
        waited = view.rested.get(position.node)
        found.append(
            {"node": position.node, "step": _names(definition, (position.node,), language),
             "role": roles[role].in_(language) if role in roles else role, "holder": holder,
             "waited": lasted(waited, language) if waited is not None else ""}
        )  # fmt: skip
    return found


def _notes(
    services: Services, view: InstanceView, definition: Definition, rest: Sequence[Values],
    language: Language,
) -> dict[str, str]:  # fmt: skip
    """Under the name of each node: its role, who has it, how long it has stood or did stand."""
    holders = {item["node"]: item["holder"] for item in rest}
    roles = services.registry.roles
    found = {}
    for node in definition.process.body.nodes:
        role = view.roles.get(node.id, "")
        time = view.rested.get(node.id)
        told = (
            roles[role].in_(language) if role in roles else role, holders.get(node.id, ""),
            lasted(time, language) if time is not None else "",
        )  # fmt: skip
        found[node.id] = " · ".join(filter(None, told))
    return {node: note for node, note in found.items() if note}


def _doable(
    services: Services, actor: Actor, view: InstanceView, definition: Definition
) -> list[Values]:
    """The open tasks that this reader may do: of their roles, in nobody else's hands."""
    scope = services.rights.scope(actor, "complete", TYPE)
    if not scope.holds(facts_of(view.instance)):
        return []
    roles = roles_of(actor)
    return [
        {"position": task.position, "step": _names(definition, (task.node,), actor.language),
         "mine": task.taken_by == actor.account_id,
         "choices": choices_of(definition, task.node, actor.language)}
        for task in view.tasks
        if task.role in roles and task.taken_by in (None, actor.account_id)
    ]  # fmt: skip


def _fault(request: AnyRequest, language: Language) -> str:
    """What was wrong with the form that led back here."""
    wrong = request.query_params.get("fault") == "variables"
    return say("flow.not_json", language) if wrong else ""


def _stuck(view: InstanceView, definition: Definition, language: Language) -> list[Values]:
    return [
        {"position": item.position, "at": item.at,
         "step": _names(definition, (item.node,), language),
         "why": words_of(item.code).detail.fill(language, item.facts)}
        for item in view.parked
    ]  # fmt: skip


def _names(definition: Definition, nodes: tuple[str, ...], language: Language) -> str:
    """The names of nodes; a gateway without a name is left out where others are named."""
    known = {node.id: node for node in definition.process.body.nodes}
    named = []
    for name in nodes:
        node = known.get(name)
        in_english = node.name_en if node and language == "en" else ""
        named.append(in_english or (node.name if node else "") or name.removesuffix(".next"))
    return " → ".join(dict.fromkeys(named))


def _labels(services: Services, language: Language) -> dict[str, str]:
    return {name: item.label.in_(language) for name, item in services.registry.processes.items()}


HANDLERS = [
    listed, one, instance, retried, case_process, *process_author_pages.HANDLERS,
    *process_upgrade_pages.HANDLERS,
]  # fmt: skip
