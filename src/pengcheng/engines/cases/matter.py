"""What everybody may know of a case: status, unit, times, about where; the text only if its author
made it public, and then without telephone and identity numbers. Pure."""

import re
from datetime import datetime
from uuid import UUID

import msgspec

_NUMBERS = re.compile(r"(?<!\d)\d{7,}[\dXx]?")
_ADDRESSES = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")


class PublicMatter(msgspec.Struct, frozen=True, kw_only=True):
    """A matter as everybody may see it. `point` is about a hundred metres exact; `people` how many
    reported or follow the matter; `metres` how far it is from where was asked."""

    id: UUID
    code: str
    kind: str
    title: str | None
    category: str | None
    stage: str
    open: bool
    organisation_id: UUID
    area_no: int | None
    accepted_at: datetime
    due_at: datetime | None
    replied_at: datetime | None
    closed_at: datetime | None
    people: int
    point: tuple[float, float] | None = None
    metres: float | None = None


class MatterQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which public cases: open ones, those whose text is public, of a category, stage or area."""

    open_only: bool = True
    texts_only: bool = False
    category: str | None = None
    stage: str | None = None
    area: tuple[int, int] | None = None
    limit: int = 50


def publicly(text: str | None) -> str | None:
    """A text as it may be published: long numbers and e-mail addresses are hidden."""
    if text is None:
        return None
    hidden = _NUMBERS.sub(lambda found: f"{found[0][:3]}****", text)
    return _ADDRESSES.sub("****", hidden)
