"""Decision records: what is kept of an automatic step, and the chain that shows what was altered.

Each record's hash covers everything kept of it and the hash of the record before. Only what a
person does afterwards (undoing the step) is outside.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

import msgspec

from pengcheng.engines.rules.deciding import FiredRows
from pengcheng.engines.rules.keeping import Json, to_hash

NO_HASH = b""
CHAIN_ID = UUID("5d0f1b52-6c1e-5c37-8c43-0a8f6a6b1d44")
"""The subject of the log entries that say how far the chain of a city's decisions goes."""


class NewRecord(msgspec.Struct, frozen=True, kw_only=True):
    """An automatic step about to be kept.

    `rule` is the decision's name, `fingerprint` its model's, "" where no model decided. `about`
    says whom it is about in words that outlive later changes: code, area, category, organisation.
    """

    subject_type: str
    subject_id: UUID
    step: str
    rule: str
    version: str
    at: datetime
    inputs: Mapping[str, Json]
    output: Json
    why: Mapping[str, Any]
    about: Mapping[str, Any] = msgspec.field(default_factory=dict)
    confidence: float | None = None
    fingerprint: str = ""
    sources: Mapping[str, Any] = msgspec.field(default_factory=dict)
    fired: tuple[FiredRows, ...] = ()
    basis: tuple[str, ...] = ()


class Record(NewRecord, frozen=True, kw_only=True):
    """A record as it stands, with its place in the chain; `hash` empty: older than the chain.
    `erased_at`: since when what it was made of is erased, as the retention of its subject ended;
    its hash is then all that tells of it."""

    id: UUID
    seq: int | None = None
    model_version: UUID | None = None
    hash: bytes = NO_HASH
    undone_by: UUID | None = None
    undone_at: datetime | None = None
    erased_at: datetime | None = None


def chained(before: bytes, record: Record) -> bytes:
    """The hash of a record after the one with the hash `before`."""
    told = {
        "id": str(record.id),
        "seq": record.seq,
        "subject_type": record.subject_type,
        "subject_id": str(record.subject_id),
        "step": record.step,
        "rule": record.rule,
        "version": record.version,
        "model_version": str(record.model_version or ""),
        "at": record.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "about": record.about,
        "inputs": record.inputs,
        "sources": record.sources,
        "output": record.output,
        "fired": [{"decision": each.decision, "rows": each.rows} for each in record.fired],
        "basis": record.basis,
        "why": record.why,
        "confidence": record.confidence,
    }
    return sha256(before + to_hash(told)).digest()


class RuleVersion(msgspec.Struct, frozen=True, kw_only=True):
    """A decision model as it was published; `content` is its DMN file, `imports` those it uses."""

    id: UUID
    name: str
    number: int
    pack: str
    fingerprint: str
    content: str
    imports: tuple[str, ...]
    published_at: datetime
    published_by: UUID | None
    decisions: int = 0
