"""The nouns of relations, and which new edges may stand beside those that stand. Pure."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from pengcheng.kernel.errors import Fault
from pengcheng.kernel.registry import Relation

PAGE_MAX = 1000


class NewEdge(msgspec.Struct, frozen=True, kw_only=True):
    """An edge to be added; both ends are ids or codes of records. It is true from `valid_from`
    (None: from now on) until just before `valid_to` (None: no end is known)."""

    from_: str
    to: str
    valid_from: datetime | None = None
    valid_to: datetime | None = None


class End(msgspec.Struct, frozen=True, kw_only=True):
    """A record at an end of an edge."""

    id: UUID
    code: str
    title: str
    area_no: int | None
    organisation_no: int | None
    sensitivity: int


class Edge(msgspec.Struct, frozen=True, kw_only=True):
    """One edge of a relation, as it stands."""

    id: UUID
    from_id: UUID
    to_id: UUID
    valid_from: datetime
    valid_to: datetime | None = None

    def overlaps(self, other: "Edge") -> bool:
        """Whether both are true at some instant."""
        return (self.valid_to is None or other.valid_from < self.valid_to) and (
            other.valid_to is None or self.valid_from < other.valid_to
        )


class Related(msgspec.Struct, frozen=True, kw_only=True):
    """The record at the other end of an edge."""

    edge: UUID
    type: str
    id: UUID
    code: str
    title: str
    valid_from: datetime
    valid_to: datetime | None


class Joined(msgspec.Struct, frozen=True, kw_only=True):
    """An edge with both its ends, as a file of edges tells it."""

    edge: UUID
    from_code: str
    from_title: str
    to_code: str
    to_title: str
    valid_from: datetime
    valid_to: datetime | None


class EdgeQuery(msgspec.Struct, frozen=True, kw_only=True):
    """A page of edges: those that are true at an instant, or (None) of every time. `after` is
    (begin, id) of the last edge read."""

    at: datetime | None = None
    limit: int = 100
    after: tuple[datetime, UUID] | None = None


class RelatedPage(msgspec.Struct, frozen=True, kw_only=True):
    """Other ends, the edge that began last first; `next` continues, None at the end."""

    items: tuple[Related, ...]
    next: tuple[datetime, UUID] | None = None


class JoinedPage(msgspec.Struct, frozen=True, kw_only=True):
    """Edges with both ends, in the same order."""

    items: tuple[Joined, ...]
    next: tuple[datetime, UUID] | None = None


def fitting(
    relation: Relation, standing: Iterable[Edge], new: Sequence[tuple[int, Edge]]
) -> tuple[list[Edge], list[tuple[int, Fault]]]:
    """Which new edges may stand beside the standing ones and those before them, and why the others
    may not, by row number."""
    known: dict[UUID, list[Edge]] = {}
    for edge in standing:
        known.setdefault(edge.from_id, []).append(edge)
    good, bad = [], []
    for number, edge in new:
        beside = known.setdefault(edge.from_id, [])
        fault = _fault(relation, edge, beside)
        if fault is not None:
            bad.append((number, fault))
            continue
        beside.append(edge)
        good.append(edge)
    return good, bad


def _fault(relation: Relation, edge: Edge, beside: Sequence[Edge]) -> Fault | None:
    if edge.from_id == edge.to_id:
        return Fault(path="/to", code="relation.itself")
    if edge.valid_to is not None and edge.valid_to <= edge.valid_from:
        return Fault(path="/valid_to", code="relation.order")
    met = [other for other in beside if edge.overlaps(other)]
    if any(other.to_id == edge.to_id for other in met):
        return Fault(path="/to", code="relation.twice")
    if met and not relation.many:
        facts = {"relation_zh": relation.label.zh, "relation_en": relation.label.en}
        return Fault(path="/to", code="relation.one_only", facts=facts)
    return None
