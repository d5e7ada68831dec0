"""From values as they came to a record that may be written. Pure."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from pengcheng.engines.objects._values import as_stored
from pengcheng.engines.objects.model import NewRecord, Record
from pengcheng.engines.records import judged
from pengcheng.kernel.areas import area_no, is_area_code
from pengcheng.kernel.authz import Facts
from pengcheng.kernel.errors import Fault
from pengcheng.kernel.ids import new_id
from pengcheng.kernel.log import Entry
from pengcheng.kernel.registry import RecordType, Registry

LONGITUDE = (-180.0, 180.0)
LATITUDE = (-90.0, 90.0)
CODE_LENGTH_MAX = 64
TITLE_MAX = 200
_GEOMETRIES = {"point": "Point", "line": "MultiLineString", "polygon": "MultiPolygon"}
_SINGLE = {"LineString": "MultiLineString", "Polygon": "MultiPolygon"}


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """A checked record that has no code yet if its type numbers itself."""

    id: UUID
    code: str | None
    title: str
    area_no: int | None
    organisation_no: int | None
    owner_id: UUID | None
    sensitivity: int
    attributes: Mapping[str, Any]
    place: str | None

    def facts(self) -> Facts:
        """What authorisation needs to know of it."""
        return Facts(
            area_no=self.area_no,
            organisation_no=self.organisation_no,
            owners=frozenset({self.owner_id} if self.owner_id else ()),
            sensitivity=self.sensitivity,
            attributes=self.attributes,
        )

    def values(self, type_: RecordType) -> dict[str, Any]:
        """The parameters of the insert statement."""
        found: dict[str, Any] = {
            "id": self.id,
            "code": self.code,
            "title": self.title,
            "area_no": self.area_no,
            "organisation_no": self.organisation_no,
            "owner_id": self.owner_id,
            "sensitivity": self.sensitivity,
            "place": self.place,
        }
        for at, item in enumerate(type_.attributes):
            found[f"a_{at}"] = as_stored(item, self.attributes.get(item.name))
        return found

    def entry(self, type_: RecordType, kind: str) -> Entry:
        """The log entry of its adding; personal values go in sealed under their owner's key."""
        personal = {item.name for item in type_.attributes if item.sensitivity >= 3}
        return Entry(
            kind=kind,
            subject_type=type_.name,
            subject_id=self.id,
            area_no=self.area_no,
            organisation_no=self.organisation_no,
            sensitivity=self.sensitivity,
            after={
                "code": self.code,
                **{k: v for k, v in self.attributes.items() if k not in personal},
            },
            person_id=self.owner_id,
            personal={k: v for k, v in self.attributes.items() if k in personal}
            if self.owner_id
            else None,
        )

    def as_record(self, type_: RecordType, at: datetime) -> Record:
        """The record that it becomes, for one who may write but not read."""
        return Record(
            id=self.id,
            type=type_.name,
            code=self.code or "",
            title=self.title,
            area_no=self.area_no,
            organisation_no=self.organisation_no,
            owner_id=self.owner_id,
            sensitivity=self.sensitivity,
            version=1,
            changed_at=at,
            attributes=self.attributes,
        )


def draft(
    registry: Registry, type_: RecordType, new: NewRecord
) -> tuple[Draft | None, list[Fault]]:
    """A draft, or every fault of the values."""
    clean, faults = judged(type_, new.attributes, code_lists=registry.code_lists)
    place, more = geometry(type_, new.place)
    faults = [*faults, *more, *code_faults(type_, new)]
    if new.area_code is not None and not is_area_code(new.area_code):
        faults.append(Fault(path="/area_code", code="area.code"))
    if faults:
        return None, faults
    made = Draft(
        id=new_id(),
        code=new.code,
        title=title_of(type_, clean),
        area_no=area_no(new.area_code) if new.area_code else None,
        organisation_no=new.organisation_no,
        owner_id=new.owner_id,
        sensitivity=type_.sensitivity,
        attributes=clean,
        place=place,
    )
    return made, []


def title_of(type_: RecordType, attributes: Mapping[str, Any]) -> str:
    """What a record is called in lists: its declared title attribute, or the first text."""
    name = type_.title or next((a.name for a in type_.attributes if a.kind == "text"), None)
    return str(attributes.get(name) or "")[:TITLE_MAX] if name else ""


def titles_of(
    type_: RecordType, attributes: Mapping[str, Sequence[Any]], how_many: int
) -> list[str]:
    """`title_of` of many, from the values by attribute."""
    name = type_.title or next((a.name for a in type_.attributes if a.kind == "text"), None)
    if name is None or name not in attributes:
        return [""] * how_many
    return [str(value or "")[:TITLE_MAX] for value in attributes[name]]


def code_faults(type_: RecordType, new: NewRecord) -> list[Fault]:
    """What is wrong with the code of a record as it came."""
    if new.code is None:
        return [] if type_.code_pattern else [Fault(path="/code", code="field.required")]
    if not 0 < len(new.code) <= CODE_LENGTH_MAX or not new.code.isprintable():
        return [Fault(path="/code", code="code.form", facts={"length_max": CODE_LENGTH_MAX})]
    return []


def geometry(type_: RecordType, place: Any) -> tuple[str | None, list[Fault]]:
    """A place as GeoJSON text of the type's geometry, or what is wrong with it."""
    if place is None:
        return None, []
    if type_.place is None:
        return None, [Fault(path="/place", code="place.unwanted")]
    if isinstance(place, (list, tuple)):
        place = {"type": "Point", "coordinates": list(place)}
    wanted = _GEOMETRIES[type_.place]
    if not isinstance(place, Mapping) or "coordinates" not in place:
        return None, [Fault(path="/place", code="place.form", facts={"wanted": wanted})]
    kind, coordinates = place.get("type"), place["coordinates"]
    if _SINGLE.get(str(kind)) == wanted:
        kind, coordinates = wanted, [coordinates]
    depth = {"Point": 0, "MultiLineString": 2, "MultiPolygon": 3}[wanted]
    if kind != wanted or not _positions(coordinates, depth):
        return None, [Fault(path="/place", code="place.form", facts={"wanted": wanted})]
    crs = {"type": "name", "properties": {"name": "EPSG:4326"}}
    return json.dumps({"type": kind, "coordinates": coordinates, "crs": crs}), []


def _positions(value: Any, depth: int) -> bool:
    """Whether a value is nested positions of longitude and latitude."""
    if depth > 0:
        return (
            isinstance(value, (list, tuple))
            and 0 < len(value) <= 100_000
            and all(_positions(item, depth - 1) for item in value)
        )
    if not isinstance(value, (list, tuple)) or len(value) != 2:
        return False
    if not all(isinstance(part, (int, float)) and not isinstance(part, bool) for part in value):
        return False
    longitude, latitude = float(value[0]), float(value[1])
    return LONGITUDE[0] <= longitude <= LONGITUDE[1] and LATITUDE[0] <= latitude <= LATITUDE[1]
