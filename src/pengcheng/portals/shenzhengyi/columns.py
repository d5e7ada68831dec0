"""The columns of a list of cases: which there are, which are shown, and what stands in them."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from pengcheng.edge.services import Services
from pengcheng.engines.cases import CaseLine
from pengcheng.engines.identity import Rosters
from pengcheng.kernel.authz import Actor
from pengcheng.kernel.registry import Registry
from pengcheng.kernel.words import Language
from pengcheng.portals.categories import last_text
from pengcheng.portals.shenzhengyi import case_view
from pengcheng.portals.shenzhengyi.asked import COLUMNS, Asked, channel_text
from pengcheng.portals.shenzhengyi.rows import short_area
from pengcheng.portals.shenzhengyi.texts import say

DECLARED_AS: Mapping[str, str] = {"category_level1": "category"}
"""Declared names that mean one of ours."""
MOMENTS = ("accepted_at", "due_at", "replied_at", "closed_at")
USUAL = ("stage", "category", "area", "unit", "accepted_at")


async def values(
    services: Services, actor: Actor, asked: Asked, lines: Sequence[CaseLine]
) -> dict[str, Any]:
    """The heads, the cells of each line, and the form that chooses columns."""
    language, shown = actor.language, shown_in(asked)
    held = {line.account_id for line in lines if line.account_id} if "account" in shown else set()
    holders = await Rosters(services.database).names(held) if held else {}
    return {
        "heads": [say(f"e.of_case.{name}", language) for name in shown],
        "cells": [
            [cell(services, line, name, language, holders) for name in shown] for line in lines
        ],
        "column_choices": [
            {"name": name, "text": say(f"e.of_case.{name}", language), "chosen": name in shown}
            for name in COLUMNS
        ],
        "column_url": f"/e/list/{asked.screen.name}",
        "column_hidden": kept_parts(asked),
    }


def shown_in(asked: Asked) -> tuple[str, ...]:
    """The columns asked for, else those declared, else the usual."""
    declared = [DECLARED_AS.get(name, name) for name in asked.screen.options.get("columns", ())]
    known = tuple(name for name in dict.fromkeys(declared) if name in COLUMNS)
    return asked.columns or known or USUAL


def kept_parts(asked: Asked) -> list[tuple[str, str]]:
    """What a form that chooses columns keeps of the address."""
    plain = {"view": asked.view.name, **asked.chosen, "order": asked.order, "q": asked.text,
             "as": asked.layout}  # fmt: skip
    return [(name, value) for name, value in plain.items() if value]


def cell(
    services: Services, line: CaseLine, name: str, language: Language,
    holders: Mapping[UUID, str],
) -> Any:  # fmt: skip
    """What stands in a column: a moment for the page to write, else text; "" when unknown."""
    if name in MOMENTS:
        return getattr(line, name)
    texts: Mapping[str, Any] = {
        "code": lambda: line.code,
        "stage": lambda: stage_of(services.registry, line, language),
        "category": lambda: last_text(services.registry, line.kind, line.category, language),
        "area": lambda: short_area(services, line.area_no, language),
        "unit": lambda: case_view.organisation_text(services, line.organisation_id, language),
        "account": lambda: holders.get(line.account_id, "") if line.account_id else "",
        "dispatches": lambda: str(line.dispatches) if line.dispatches else "",
        "returns": lambda: str(line.returns) if line.returns else "",
        "category_confidence": lambda: f"{line.category_confidence:.0%}"
        if line.category_confidence else "",
        "channel": lambda: channel_text(services.registry, line.channel, language),
        "urgency": lambda: say(f"e.urgency.{min(line.urgency, 2)}", language)
        if line.urgency else "",
        "satisfaction": lambda: say(f"rating.grade_{line.satisfaction}", language)
        if line.satisfaction else "",
    }  # fmt: skip
    return texts[name]()


def stage_of(registry: Registry, line: CaseLine, language: Language) -> str:
    """The step of a line as officials read it."""
    process = registry.processes[registry.case_kind(line.kind).process]
    return process.step(line.step).label.in_(language)
