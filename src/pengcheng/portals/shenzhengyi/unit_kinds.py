"""What a declared field says that names a kind of organisation (`organisation_key`: water, police):
people read the name of the one that stands highest, the city's bureau as a rule."""

from typing import Any

from pengcheng.edge.services import Services
from pengcheng.kernel.areas import area_level
from pengcheng.kernel.registry import Attribute
from pengcheng.kernel.words import Language
from pengcheng.portals.shenzhengyi.case_view import shown
from pengcheng.portals.shenzhengyi.texts import say

FIELD = "organisation_key"


def kind_text(services: Services, kind: str, language: Language) -> str:
    """A kind of organisation by the name of its highest; as it is, where there is none."""
    found = services.organisations.answering(kind, "city", None)
    if found is None:
        return kind
    name = found.name.in_(language)
    is_of_city = area_level(found.area_code) == "city"
    return name if is_of_city else say("e.unit_kind.and_others", language, name=name)


def value_text(services: Services, item: Attribute, value: Any, language: Language) -> str:
    """A declared value as people read it."""
    if item.name == FIELD and isinstance(value, str):
        return kind_text(services, value, language)
    return shown(services.registry, item, value, language)


def options(services: Services, typed: str, language: Language) -> list[dict[str, str]]:
    """The kinds of organisation that the city has, by name, and what stands in the field."""
    kinds = {one.kind for one in services.organisations.all() if one.active}
    kinds |= {typed} if typed else set()
    found = [{"value": kind, "text": kind_text(services, kind, language)} for kind in kinds]
    return sorted(found, key=lambda option: option["text"])
