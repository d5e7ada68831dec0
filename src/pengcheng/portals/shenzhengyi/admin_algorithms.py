"""The algorithms of automatic steps: which model counts, what it learned, who won; undoing."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from litestar import Response, get, post

from pengcheng.edge.asking import AnyRequest, services_of
from pengcheng.edge.services import Services
from pengcheng.engines.algorithms import TrainedModel
from pengcheng.engines.cases import Learning
from pengcheng.kernel.authz import Scope
from pengcheng.kernel.words import Language
from pengcheng.pack import shipped
from pengcheng.pack.analysing import learning_of
from pengcheng.portals.pages import form_of, go, render, texts_of
from pengcheng.portals.shenzhengyi.admin import may, shown, uuid_of
from pengcheng.portals.shenzhengyi.navigation import official
from pengcheng.portals.shenzhengyi.records import demand
from pengcheng.portals.shenzhengyi.texts import say

SHORT = 12


@get("/e/admin/algorithms")
async def algorithms(request: AnyRequest) -> Response[Any]:
    """Every algorithm of the packs; those that learn with their history."""
    services, actor = services_of(request), official(request)
    demand(services, actor, "read", "algorithm")
    scope, language = services.rights.scope(actor, "read", "algorithm"), actor.language
    kinds = {
        name: kind.type
        for kind in services.registry.case_kinds.values()
        if (name := learning_of(kind))
    }
    learning = [await _learning(services, scope, name, kinds[name], language) for name in kinds]
    others = [
        [item.label.in_(language), f"{item.pack}.{item.function}", "、".join(item.inputs) or "-",
         "、".join(item.outputs) or "-"]
        for item in services.registry.algorithms.values()
        if f"{item.pack}.{item.function}" not in kinds and item.outputs
    ]  # fmt: skip
    values = {
        "learning": learning,
        "others": sorted(others),
        "hours": services.settings.retrain_hours,
        "may": may(request, "change", "algorithm"),
        "said": say("al.undone", language) if request.query_params.get("said") == "undone" else "",
    }
    return render(
        request, "shenzhengyi/admin_algorithms.html", await shown(request, "algorithms"), values
    )


async def _learning(
    services: Services, scope: Scope, name: str, kind: str, language: Language
) -> Mapping[str, Any]:
    history = await services.champions.history(scope, name)
    last = history[0].trained_at if history else None
    own = next((one for one in history if one.state == "champion"), None)
    label = next(
        (
            item.label.in_(language)
            for item in services.registry.algorithms.values()
            if f"{item.pack}.{item.function}" == name
        ),
        name,
    )
    version, notes = _shipped(services.settings.packs, name)
    return {
        "name": name,
        "label": label,
        "own": own,
        "version": (own.version if own else version)[:SHORT],
        "accuracy": _share(own) if own else notes.get("accuracy_held_out"),
        "asked": own.rows if own else notes.get("rows"),
        "rows": notes.get("rows"),
        "waiting": await Learning(services.cases).corrections_since(kind, last),
        "history": history,
    }


def _share(model: TrainedModel) -> float | None:
    return model.challenger_right / model.rows if model.rows else None


@lru_cache(maxsize=8)
def _shipped(packs: Path, name: str) -> tuple[str, Mapping[str, Any]]:
    version, model = shipped(packs, name)
    return version, dict(model.notes)


@post("/e/admin/algorithms/{name:str}/undo", status_code=200)
async def undo(request: AnyRequest, name: str) -> Response[Any]:
    """Let the model before the present one count again."""
    services, actor = services_of(request), official(request)
    demand(services, actor, "change", "algorithm")
    texts = texts_of(await form_of(request))
    model_id = uuid_of(texts.get("model", ""), "algorithm.unknown")
    scope = services.rights.scope(actor, "change", "algorithm")
    await services.champions.undo(scope, name, model_id)
    return go("/e/admin/algorithms?said=undone")


HANDLERS = [algorithms, undo]
