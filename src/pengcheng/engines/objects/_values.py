"""Values on their way into columns."""

from typing import Any

from pengcheng.ground.database import json_text
from pengcheng.kernel.registry import JSON_KINDS, Attribute


def as_stored(attribute: Attribute, value: Any) -> Any:
    """A clean value as the column of its attribute takes it; a tuple would be a row to PostgreSQL,
    not a list."""
    if attribute.kind in JSON_KINDS:
        return json_text(value)
    return list(value) if isinstance(value, tuple) else value
