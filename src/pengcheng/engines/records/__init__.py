"""Records as wholes: values computed from others, and rules across attributes. Pure.

Invariants: `judged` is the only answer to "may this be written?", for forms, the interface, imports
and engines alike; a computed value is written by nobody; a rule that cannot speak for want of a
value does not forbid.
"""

from pengcheng.engines.records.judging import (
    facts_of,
    following,
    given_by,
    is_true,
    judged,
    judged_many,
    recomputed,
)
from pengcheng.engines.records.naming import Named, references, renamed

HUB = "business"

__all__ = [
    "HUB", "Named", "facts_of", "following", "given_by", "is_true", "judged", "judged_many",
    "recomputed", "references", "renamed",
]  # fmt: skip
