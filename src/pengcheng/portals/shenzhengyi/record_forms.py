"""What the form of a record asks: as the pack's form declares, and where the record belongs."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from pengcheng.edge.services import Services
from pengcheng.kernel.authz import SEALED, Actor, Scope
from pengcheng.kernel.registry import Attribute, RecordType
from pengcheng.kernel.words import Language
from pengcheng.portals.shenzhengyi import unit_kinds
from pengcheng.portals.shenzhengyi.navigation import screens_for
from pengcheng.portals.shenzhengyi.texts import say
from pengcheng.portals.typed import list_field

Values = dict[str, Any]
LEVELS = ("city", "district", "sub_district")
"""The areas that are offered, unless all that is allowed lies below."""


def asked(services: Services, actor: Actor, type_: RecordType, *, is_new: bool) -> list[Values]:
    """The groups of what is asked, each with its `title` (by language, or None) and the names of
    its `fields`; of a record that stands, only what this reader may change.

    A form that a pack declares for this reader says which and in what order; without one, every
    attribute that can be typed, in one group.
    """
    screens = screens_for(services.registry, actor, "form")
    form = next((screen for screen in screens if screen.of == type_.name), None)
    pages: Sequence[Mapping[str, Any]] = form.options.get("pages", ()) if form else ()
    every = [*(item.name for item in type_.attributes), "place"]
    change = services.rights.scope(actor, "change", type_.name)
    level = SEALED if is_new else max((one.sensitivity for one in change.regions), default=0)
    groups = [
        {
            "title": page.get("name"),
            "fields": [name for name in page["fields"] if _is_asked(type_, name, level)],
        }
        for page in pages or ({"fields": every},)
    ]
    return [group for group in groups if group["fields"]]


def names_asked(groups: Sequence[Values]) -> list[str]:
    """Everything that is asked, in order."""
    return [name for group in groups for name in group["fields"]]


def _is_asked(type_: RecordType, name: str, level: int) -> bool:
    item = type_.attribute(name)
    if item is None:
        return name == "place" and type_.place is not None
    is_typed = item.kind not in {"files", "json"} and item.computed is None
    return is_typed and item.sensitivity <= level


def field(
    services: Services, item: Attribute, typed: Mapping[str, str], faults: Mapping[str, str],
    language: Language,
) -> Values:  # fmt: skip
    """What a template needs to draw an attribute."""
    made = {
        "name": item.name, "kind": item.kind, "label": item.label.in_(language),
        "hint": item.hint.in_(language) if item.hint else "", "optional": not item.required,
        "options": options(services, item, typed.get(item.name, ""), language),
        "limit": item.length_max or 0,
    }  # fmt: skip
    if not item.is_list:
        return made
    return made | list_field(services.registry, item, typed, faults, language)


def options(
    services: Services, item: Attribute, typed: str, language: Language
) -> list[dict[str, str]]:
    """What may be chosen for an attribute; nothing where it is typed."""
    if item.name == unit_kinds.FIELD:
        return unit_kinds.options(services, typed, language)
    codes = services.registry.code_lists[item.code_list].codes if item.code_list else ()
    return [{"value": code.code, "text": code.label.in_(language)} for code in codes]


def place_field(type_: RecordType, language: Language) -> Values:
    """The field of a place: a point as two numbers, a line or an outline as GeoJSON."""
    kind = "text" if type_.place == "point" else "long_text"
    hint = "point" if type_.place == "point" else "outline"
    return {
        "name": "place", "kind": kind, "label": say("e.fact.place", language),
        "hint": say(f"e.records.place_{hint}", language), "optional": True, "options": [],
        "limit": 0,
    }  # fmt: skip


def place_text(place: str) -> str:
    """A place (GeoJSON text) as its field shows it: a point as "longitude,latitude"."""
    geometry = msgspec.json.decode(place)
    if geometry["type"] == "Point":
        return ",".join(str(part) for part in geometry["coordinates"])
    return place


def area_choices(services: Services, scope: Scope, language: Language) -> list[Values]:
    """The areas in which the scope allows a record, the widest first; none where any will do."""
    if any(region.areas.holds(None) for region in scope.regions):
        return []
    held = [
        area
        for area in services.areas.all()
        if any(region.areas.holds(area.no) for region in scope.regions)
    ]
    offered = [area for area in held if area.level in LEVELS] or held
    return [
        {"value": area.code, "text": services.areas.name_of(area.code).in_(language)
         if area.level in LEVELS else area.name.in_(language)}
        for area in offered
    ]  # fmt: skip
