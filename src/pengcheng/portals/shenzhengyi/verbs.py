"""The decision panel: which forms the verbs of a case open, and what comes back from them.

Exactly the verbs that the engine allows this reader are drawn. What a verb of a process asks for
stands in its declaration (`asks`); what the engine's own side verbs ask for stands here.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from pengcheng.edge.services import Services
from pengcheng.engines.cases import Action, Case
from pengcheng.engines.identity import Organisation
from pengcheng.kernel.errors import Fault, invalid
from pengcheng.kernel.ids import to_id
from pengcheng.kernel.registry import Process, Registry
from pengcheng.kernel.texts import natural
from pengcheng.kernel.time import CITY_ZONE
from pengcheng.kernel.words import Language, Words
from pengcheng.portals.shenzhengyi.navigation import words_in
from pengcheng.portals.shenzhengyi.texts import has, say

SIDE_ASKS: Mapping[str, tuple[str, ...]] = {
    "take": (), "resume": (), "message": ("message",), "note": ("message",),
    "interim_reply": ("message", "files"), "suspend": ("until", "reason"),
    "ask_extension": ("extension", "reason"), "assist": ("unit", "reason"),
    "split": ("part",), "supervise": ("reason",), "assign": ("colleague",),
    "send_grid_task": ("nearest", "reason"), "unseal": ("reason",), "merge": ("with",),
    "recategorise": ("category", "reason"),
}  # fmt: skip
ELSEWHERE = frozenset({"undo", "follow", "grant_extension", "call_back", "triage", "expire"})
"""Verbs with a place of their own on the page, or none for a person."""

FIRST = (
    "accept", "reply", "approve", "decide", "dispatch", "close", "answer", "interim_reply",
    "transfer", "reject", "hand_over", "refuse", "ask_extension", "return",
)  # fmt: skip
TABS = 3
TABS_WIDE = {"zh": 11, "en": 26}
"""How many letters fit in the row of verbs."""
OFFERED_MAX = 12
UNITS = {"hour", "day", "working_hour", "working_day"}
ANSWERS = ("contacted", "resolved", "satisfied")


class Verb(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that may be done now, with what it asks for."""

    name: str
    label: str
    asks: tuple[str, ...]


def verbs_of(
    registry: Registry, kind: str, actions: Sequence[str], language: Language
) -> list[Verb]:
    """What this reader may do, the usual first."""
    process = registry.processes[registry.case_kind(kind).process]
    shown = [name for name in actions if name not in ELSEWHERE]
    rank = {name: at for at, name in enumerate(FIRST)}
    ordered = sorted(shown, key=lambda name: (rank.get(name, len(FIRST)), shown.index(name)))
    return [
        Verb(name=name, label=verb_label(process, name).in_(language), asks=asks_of(process, name))
        for name in ordered
    ]


def tabs_of(possible: Sequence[Verb], language: Language) -> int:
    """How many verbs, from the first, have room in one row; the others stand behind a menu."""
    room, shown = TABS_WIDE[language], 0
    for verb in possible[:TABS]:
        room -= len(verb.label)
        if room < 0 and shown:
            break
        shown += 1
    return shown


def verb_label(process: Process, name: str) -> Words:
    """What a verb is called: as declared, else as the portal calls it."""
    declared = (process.source.get("actions") or {}).get(name) or {}
    key = f"e.verb.{name}"
    own = Words(say(key, "zh"), say(key, "en")) if has(key) else Words(name, name)
    return words_in(declared.get("name"), own)


def asks_of(process: Process, name: str) -> tuple[str, ...]:
    """What a verb asks for."""
    declared = (process.source.get("actions") or {}).get(name)
    if declared is not None:
        return tuple(declared.get("asks") or ())
    return SIDE_ASKS.get(name, ())


def action_of(
    services: Services, case: Case, verb: Verb, texts: Mapping[str, str], files: Sequence[UUID],
    ticked: Sequence[str] = (),
) -> Action:  # fmt: skip
    """The engine's action from a form; every fault of the form at once."""
    faults: list[Fault] = []
    made = Action(
        verb=verb.name,
        version=natural(texts.get("version", "")) if texts.get("version") else case.version,
        organisation_id=_unit(services, verb, texts, faults),
        reason=_reason(verb, texts),
        body=texts.get("body", ""),
        files=tuple(files),
        grade=int(texts["grade"]) if texts.get("grade", "") in {"1", "2", "3", "4", "5"} else None,
        until=_until(texts, faults),
        amount=amount if (amount := natural(texts.get("amount", ""))) >= 0 else None,
        unit=texts.get("unit_of_time") if texts.get("unit_of_time") in UNITS else None,
        details=_details(services.registry, case.kind, verb, texts, ticked),
    )
    faults += _missing(services.registry, case.kind, verb, texts)
    if faults:
        raise invalid(*faults)
    return made


def _reason(verb: Verb, texts: Mapping[str, str]) -> str:
    parts = [texts.get("reason", "")]
    if "basis" in verb.asks and texts.get("basis"):
        parts.append(texts["basis"])
    return "\n".join(part for part in parts if part)


def _until(texts: Mapping[str, str], faults: list[Fault]) -> datetime | None:
    given = texts.get("until", "")
    if not given:
        return None
    try:
        found = datetime.fromisoformat(given)
    except ValueError:
        faults.append(Fault(path="/until", code="instant.form"))
        return None
    return found if found.tzinfo else found.replace(tzinfo=CITY_ZONE)


def _unit(
    services: Services, verb: Verb, texts: Mapping[str, str], faults: list[Fault]
) -> UUID | None:
    """The organisation that was chosen, or that a typed name means."""
    if not {"unit", "nearest"} & set(verb.asks):
        return None
    chosen = to_id(texts.get("organisation_id", ""))
    if chosen is not None:
        return chosen
    typed = texts.get("unit_text", "")
    found = units_named(services, typed)
    if len(found) == 1 or (found and found[0].name.zh == typed):
        return found[0].id
    if typed or "unit" in verb.asks:
        code = "unit.several" if found else "organisation.unknown" if typed else "field.required"
        faults.append(Fault(path="/organisation_id", code=code, facts={"given": typed}))
    return None


def units_named(services: Services, text: str) -> list[Organisation]:
    """Active organisations whose name holds every part typed: those with the shortest name."""
    parts = text.lower().split()
    if not parts:
        return []
    found = [
        item
        for item in services.organisations.all()
        if item.active
        and all(part in f"{item.name.zh} {item.name.en} {item.key}".lower() for part in parts)
    ]
    return sorted(found, key=lambda item: (len(item.name.zh), item.no))[:OFFERED_MAX]


def _details(
    registry: Registry, kind: str, verb: Verb, texts: Mapping[str, str], ticked: Sequence[str]
) -> dict[str, Any]:
    details: dict[str, Any] = {}
    if "colleague" in verb.asks:
        details["account_id"] = texts.get("account_id", "")
    if "category" in verb.asks:
        details["category"] = texts.get("category", "")
    if "with" in verb.asks:
        details["with"] = texts.get("with", "").upper()
    if "call_back" in verb.asks:
        details |= {name: name in ticked for name in ANSWERS}
    if "part" in verb.asks:
        fields = part_fields(registry, kind)
        details |= {name: texts.get(f"part_{name}", "") for name in fields}
    for name in declared_asks(registry, kind, verb):
        if texts.get(name):
            details[name] = texts[name]
    return details


def declared_asks(registry: Registry, kind: str, verb: Verb) -> list[str]:
    """What a verb asks for that the kind declares as a field of its own."""
    type_ = registry.type_(kind)
    return [name for name in verb.asks if type_.attribute(name) is not None]


def part_fields(registry: Registry, kind: str) -> tuple[str, ...]:
    """The fields that a part split off must have of its own: title and text."""
    type_ = registry.type_(kind)
    body = str(registry.case_kind(kind).settings.get("body", "body"))
    return tuple(name for name in (type_.title or "", body) if type_.attribute(name))


def _missing(registry: Registry, kind: str, verb: Verb, texts: Mapping[str, str]) -> list[Fault]:
    names = {"note": "body", "message": "body", "reason": "reason", "with": "with",
             "category": "category", "colleague": "account_id", "extension": "amount"}  # fmt: skip
    wanted = [names[ask] for ask in verb.asks if ask in names]
    wanted += declared_asks(registry, kind, verb)
    return [
        Fault(path=f"/{name}", code="field.required")
        for name in dict.fromkeys(wanted)
        if not texts.get(name)
    ]
