"""Declared forms: what was typed and sent, what is known already, and the case that comes of it."""

import re
import secrets
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec
from litestar.datastructures import FormMultiDict

from pengcheng.edge.asking import AnyRequest
from pengcheng.edge.error_words import words_of
from pengcheng.edge.limits import limit_guest_files
from pengcheng.edge.problems import fault_of
from pengcheng.engines.cases import NewCase
from pengcheng.engines.files import StoredFile
from pengcheng.engines.records import judged
from pengcheng.kernel.authz import GUEST
from pengcheng.kernel.errors import Fault, Refusal
from pengcheng.kernel.ids import to_id
from pengcheng.kernel.records_text import read_texts
from pengcheng.kernel.registry import Attribute, RecordType, Screen
from pengcheng.portals.applicant.side import Side
from pengcheng.portals.pages import field_of, form_of, uploads_of
from pengcheng.portals.typed import list_field, typed_of

PLACE, DISCLOSURE, PUBLIC_TEXT, ADDRESS = "place", "disclosure", "public_text", "address"
SOUNDS = frozenset({"voice", "audio", "recording"})
FILES_OF_A_FIELD = 9
TITLE_LENGTH = 40
TOKEN = re.compile(r"[A-Za-z0-9_-]{16,64}")
_SENTENCE = re.compile(r"[。！？!?\n；;]")


class Filled(msgspec.Struct, frozen=True, kw_only=True):
    """A form as it was sent: texts, files of its file fields, and the sentence of each fault."""

    texts: Mapping[str, str]
    files: Mapping[str, Sequence[StoredFile]] = {}
    faults: Mapping[str, str] = {}

    def text(self, name: str) -> str:
        return self.texts.get(name, "")


def fields_of(screen: Screen) -> list[str]:
    """Every field that a declared form asks for, in its order."""
    pages: Sequence[Mapping[str, Any]] = screen.options.get("pages", ())
    return [str(name) for page in pages for name in page["fields"]]


def type_of(side: Side, screen: Screen) -> RecordType:
    """The declared type of a form's case kind."""
    return side.services.registry.type_(str(screen.of))


async def begun(side: Side, screen: Screen) -> Filled:
    """A fresh form with what the city knows of the asker already."""
    texts = {"submission": secrets.token_urlsafe(18), DISCLOSURE: "open"}
    person = await side.services.identity.person_of(side.actor)
    if person is not None:
        known = {"contact_name": person.name}
        for attribute in type_of(side, screen).attributes:
            if attribute.kind == "telephone" and person.telephone:
                known[attribute.name] = person.telephone
        if side.actor.enterprise_id is not None:
            mine = await side.services.identity.enterprises_of(side.actor)
            firm = next((item for item in mine if item.id == side.actor.enterprise_id), None)
            known |= {"enterprise_name": firm.name} if firm else {}
        texts |= {name: value for name, value in known.items() if name in fields_of(screen)}
    return Filled(texts=texts)


def with_words(side: Side, screen: Screen, filled: Filled, said: str) -> Filled:
    """The form with a sentence that was typed elsewhere as its text."""
    names = fields_of(screen)
    longs = (i.name for i in type_of(side, screen).attributes if i.kind == "long_text")
    name = next((one for one in longs if one in names), None)
    if not said or name is None:
        return filled
    return msgspec.structs.replace(filled, texts={**filled.texts, name: said})


async def sent(request: AnyRequest, side: Side, screen: Screen) -> Filled:
    """What was sent, with its files taken in. Nothing typed is lost when a file is refused."""
    form = await form_of(request)
    texts = typed_of(type_of(side, screen).attributes, form)
    if not TOKEN.fullmatch(texts.get("submission", "")):
        texts["submission"] = secrets.token_urlsafe(18)
    files: dict[str, Sequence[StoredFile]] = {}
    faults: dict[str, str] = {}
    for name in fields_of(screen):
        attribute = type_of(side, screen).attribute(name)
        if attribute is not None and attribute.kind == "files":
            files[name] = await _files(request, form, side, name, faults)
    return Filled(texts=texts, files=files, faults=faults)


async def _files(
    request: AnyRequest, form: FormMultiDict, side: Side, name: str, faults: dict[str, str]
) -> list[StoredFile]:
    """Files sent before and kept, less those taken away, and those sent now. They are taken in
    as a guest's: an anonymous case must not be betrayed by its photos."""
    dropped = {to_id(str(value)) for value in form.getall(f"{name}_drop", [])}
    named = [to_id(str(value)) for value in form.getall(f"{name}_kept", [])]
    wanted = [one for one in named if one is not None and one not in dropped]
    kept = await side.services.uploads.loose(GUEST, wanted[:FILES_OF_A_FIELD])
    for upload in uploads_of(form, name):
        if len(kept) >= FILES_OF_A_FIELD:
            faults[name] = side.say("applicant.form.too_many_files", limit=FILES_OF_A_FIELD)
            break
        try:
            limit_guest_files(request, 1)
            content = await upload.read()
            kept.append(await side.services.uploads.take(GUEST, content, upload.filename))
        except Refusal as failure:
            faults[name] = told(side, failure)
    return kept


def told(side: Side, failure: Refusal) -> str:
    """A refusal as one sentence at a field."""
    words = words_of(failure.code)
    title, detail = words.title.in_(side.language), words.detail.fill(side.language, failure.facts)
    return side.say("applicant.form.refused", title=title, detail=detail)


def values_of(side: Side, screen: Screen, filled: Filled) -> tuple[dict[str, Any], list[Fault]]:
    """Declared values as typed, with a title made of the first sentence where none is asked."""
    type_ = type_of(side, screen)
    names = {*fields_of(screen), ADDRESS} if PLACE in fields_of(screen) else {*fields_of(screen)}
    texts = dict(filled.texts) | {ADDRESS: filled.text("place_address") or filled.text(ADDRESS)}
    given = {
        item.name: texts.get(item.name, "")
        for item in type_.attributes
        if item.name in names and item.kind != "files"
    }
    booleans = {i.name for i in type_.attributes if i.kind == "boolean" and i.name in names}
    given |= {name: given[name] or "false" for name in booleans}
    values, faults = read_texts(type_, given, code_lists=side.services.registry.code_lists)
    values |= {name: [file.id for file in files] for name, files in filled.files.items() if files}
    _speak_for_sounds(side, type_, values, names)
    _title(type_, values, names)
    return values, faults


def _speak_for_sounds(
    side: Side, type_: RecordType, values: dict[str, Any], names: set[str]
) -> None:
    """Who speaks instead of writing has said it: the text points to the voice note."""
    long = next((i for i in type_.attributes if i.kind == "long_text" and i.name in names), None)
    if long is not None and not values.get(long.name) and any(values.get(n) for n in SOUNDS):
        values[long.name] = side.say("applicant.form.in_voice")


def _title(type_: RecordType, values: dict[str, Any], names: set[str]) -> None:
    title = type_.attribute(type_.title or "")
    if title is None or title.name in names:
        return
    longs = (i.name for i in type_.attributes if i.kind == "long_text" and i.name in names)
    text = next((str(values[name]) for name in longs if values.get(name)), "")
    first = next((part.strip() for part in _SENTENCE.split(text) if part.strip()), "")
    values[title.name] = first[: min(TITLE_LENGTH, title.length_max or TITLE_LENGTH)]


def checked(side: Side, screen: Screen, filled: Filled) -> Filled:
    """The form with the sentence of every fault, each at a field that the form has."""
    _, faults = judged_values(side, screen, filled)
    return with_faults(side, screen, filled, faults)


def judged_values(side: Side, screen: Screen, filled: Filled) -> tuple[dict[str, Any], list[Fault]]:
    """The values of a form with what follows from them, and every fault."""
    values, unread = values_of(side, screen, filled)
    code_lists = side.services.registry.code_lists
    clean, wrong = judged(type_of(side, screen), values, code_lists=code_lists)
    return clean, [*unread, *wrong]


def with_faults(side: Side, screen: Screen, filled: Filled, faults: Sequence[Fault]) -> Filled:
    """The form with these faults told in the reader's language."""
    type_ = type_of(side, screen)
    shown = {*fields_of(screen)}
    found = dict(filled.faults)
    for fault in faults:
        name = fault.path.strip("/").split("/")[0]
        attribute = type_.attribute(name)
        if attribute is not None and attribute.is_list and name in shown:
            found.setdefault(field_of(fault.path), _sentence(side, attribute, fault))
            continue
        name = PLACE if name in {"point", "area_code", ADDRESS} and PLACE in shown else name
        if name not in shown:
            continue
        found.setdefault(name, _sentence(side, attribute, fault))
    allowed = disclosures(side, screen)
    if DISCLOSURE in shown and filled.text(DISCLOSURE) not in allowed:
        found.setdefault(DISCLOSURE, side.say("applicant.form.choose_disclosure"))
    if not found and faults:
        # What the form does not show its reader cannot mend: say it at the first field.
        found[fields_of(screen)[0]] = str(fault_of(faults[0], side.language)["message"])
    return msgspec.structs.replace(filled, faults=found)


def _sentence(side: Side, attribute: Attribute | None, fault: Fault) -> str:
    if attribute is not None and attribute.kind == "long_text" and fault.code == "field.required":
        return side.say("applicant.form.say_something")
    label = {"field_zh": attribute.label.zh, "field_en": attribute.label.en} if attribute else {}
    named = msgspec.structs.replace(fault, facts={**label, **fault.facts})
    return str(fault_of(named, side.language)["message"])


def disclosures(side: Side, screen: Screen) -> list[str]:
    """How an author of this kind may be known: open, anonymous, confidential."""
    kind = side.services.registry.case_kind(str(screen.of))
    return [str(one) for one in kind.settings.get("disclosures", ("open",))]


def point_of(filled: Filled) -> tuple[float, float] | None:
    """The position that was chosen; None when none was, or it is none on earth."""
    try:
        longitude, latitude = float(filled.text("place_lon")), float(filled.text("place_lat"))
    except ValueError:
        return None
    on_earth = -180 <= longitude <= 180 and -90 <= latitude <= 90
    return (longitude, latitude) if on_earth else None


def new_case(side: Side, screen: Screen, filled: Filled) -> NewCase:
    """The case that a filled form is. An anonymous one is sent by nobody."""
    values, _ = values_of(side, screen, filled)
    disclosure = filled.text(DISCLOSURE) if DISCLOSURE in fields_of(screen) else "open"
    author = GUEST if disclosure == "anonymous" else side.actor
    ids: list[UUID] = [file.id for files in filled.files.values() for file in files]
    return msgspec.convert(
        {
            "kind": str(screen.of),
            "channel": side.portal,
            "fields": values,
            "point": point_of(filled),
            "disclosure": disclosure,
            "is_public": values.get(PUBLIC_TEXT) is True,
            "author_id": author.enterprise_id or author.person_id,
            "author_account_id": author.account_id,
            "submission_key": f"{side.portal}:{author.account_id or 'guest'}:"
            f"{filled.text('submission')}",
            "files": tuple(ids),
        },
        NewCase,
    )


def drawn(side: Side, screen: Screen, filled: Filled) -> list[dict[str, Any]]:
    """The pages of a form with their fields, ready for the template."""
    pages: Sequence[Mapping[str, Any]] = screen.options.get("pages", ())
    names = fields_of(screen)
    longs = {i.name for i in type_of(side, screen).attributes if i.kind == "long_text"}
    told = next((name for name in names if name in longs), "")
    found = []
    for page in pages:
        fields = [
            field
            for name in page["fields"]
            if (field := _field(side, screen, filled, str(name), names)) is not None
        ]
        for field in fields:
            field["leads"] = field["name"] == told
        hint = page.get("hint")
        found.append({
            "name": page["name"][side.language],
            "hint": hint[side.language] if hint else "",
            "fields": fields,
            "has_faults": any(field["fault"] or field.get("cell_faults") for field in fields),
        })  # fmt: skip
    return found


def _field(
    side: Side, screen: Screen, filled: Filled, name: str, names: Sequence[str]
) -> dict[str, Any] | None:
    if name == ADDRESS and PLACE in names:
        return None  # the position picker asks for it
    type_ = type_of(side, screen)
    attribute = type_.attribute(name)
    field: dict[str, Any] = {
        "name": name, "value": filled.text(name), "fault": filled.faults.get(name, ""),
        "label": "", "hint": "", "optional": True, "kind": name, "options": (),
    }  # fmt: skip
    if name == DISCLOSURE:
        field["options"] = disclosures(side, screen)
        return field if len(field["options"]) > 1 else None
    if attribute is None:
        return field if name == PLACE else None
    listed = side.services.registry.code_lists.get(attribute.code_list or "")
    return (
        field
        | {
            "kind": "sound" if attribute.kind == "files" and name in SOUNDS else attribute.kind,
            "label": attribute.label.in_(side.language),
            "hint": attribute.hint.in_(side.language) if attribute.hint else "",
            "optional": not attribute.required,
            "limit": attribute.length_max or 0,
            "options": [
                {"value": code.code, "text": code.label.in_(side.language)}
                for code in (listed.codes if listed else ())
            ],
            "files": filled.files.get(name, ()),
        }
        | _list(side, attribute, filled)
    )


def _list(side: Side, attribute: Attribute, filled: Filled) -> dict[str, Any]:
    """What more a field with many values, or a table, is drawn with."""
    if not attribute.is_list:
        return {}
    registry, head = side.services.registry, f"{attribute.name}."
    return {
        **list_field(registry, attribute, filled.texts, filled.faults, side.language),
        "cell_faults": any(name.startswith(head) for name in filled.faults),
    }
