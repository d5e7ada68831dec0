"""What a scope of a stored state sees."""

from typing import Any

from pengcheng.engines.processes.state import State


def visible_at(state: State, scope: int) -> dict[str, Any]:
    """Every variable that a scope sees, the nearest first."""
    chain = []
    at: int | None = scope
    while at is not None:
        here = state.scopes[at]
        chain.append(here.variables)
        at = here.parent
    merged: dict[str, Any] = {}
    for variables in reversed(chain):
        merged.update(variables)
    return merged
