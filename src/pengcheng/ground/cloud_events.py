"""Entries of the log as CloudEvents 1.0, for every reader outside the process. Pure."""

from datetime import datetime
from typing import Any

import msgspec

from pengcheng.ground.log import Positioned
from pengcheng.kernel.authz import INTERNAL

SOURCE = "/api/v1/log"
MEDIA_TYPE = "application/cloudevents+json"


class CloudEvent(msgspec.Struct, frozen=True, kw_only=True):
    """One event in the attribute names of the specification. `sequence` is the log position (the
    extension of that name): a reader keeps it as its cursor."""

    specversion: str
    id: str
    source: str
    type: str
    subject: str
    time: datetime
    datacontenttype: str = "application/json"
    sequence: str = ""
    data: Any = None


def of_entry(found: Positioned, *, source: str = SOURCE) -> CloudEvent:
    """An entry as an event. What is more than internal is announced without its content: who
    may know it, reads it with their rights."""
    entry = found.entry
    data = {
        "subject_type": entry.subject_type,
        "subject_id": entry.subject_id,
        "area_no": entry.area_no,
        "organisation_no": entry.organisation_no,
        "sensitivity": entry.sensitivity,
    }
    if entry.sensitivity <= INTERNAL:
        data |= {"before": entry.before, "after": entry.after, "cause": entry.cause}
    return CloudEvent(
        specversion="1.0",
        id=found.position.text,
        source=source,
        type=entry.kind,
        subject=f"{entry.subject_type}/{entry.subject_id}",
        time=entry.at,
        sequence=found.position.text,
        data=data,
    )


def encode(event: CloudEvent, *, bytes_max: int) -> bytes:
    """The event in the JSON format; without its data when that would be too long to carry."""
    content = _json(event)
    if len(content) <= bytes_max:
        return content
    return _json(msgspec.structs.replace(event, data=None))


def _json(event: CloudEvent) -> bytes:
    told = {
        name: value
        for name in event.__struct_fields__
        if (value := getattr(event, name)) is not None
    }
    return msgspec.json.encode(told)
