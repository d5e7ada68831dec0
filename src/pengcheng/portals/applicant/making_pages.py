"""Making a case: one page to say it, one to check it, a receipt. Works without script; a form that
is sent twice is one case."""

from collections.abc import Mapping, Sequence
from typing import Any

from litestar import Response, get, post

from pengcheng.edge import arriving, files_api
from pengcheng.edge.asking import AnyRequest
from pengcheng.engines.cases import Accepted, publicly
from pengcheng.kernel.areas import code_of, is_area_code
from pengcheng.kernel.authz import GUEST, INTERNAL
from pengcheng.kernel.errors import Refusal
from pengcheng.kernel.records_text import as_text
from pengcheng.kernel.registry import Attribute, Screen
from pengcheng.portals.applicant import forms, hinting, receipts
from pengcheng.portals.applicant.forms import Filled
from pengcheng.portals.applicant.side import Side, paths, show, side_of
from pengcheng.portals.applicant.telling import listed_as, near, yes_no
from pengcheng.portals.pages import form_of, go
from pengcheng.portals.typed import changes_rows, list_text, resent, round_off, typed_of

SAID_MAX = 200


def _enterprise_needed(side: Side) -> Response[bytes] | None:
    """On 深i企 one acts for an enterprise; who has chosen none is asked first."""
    if side.portal == "ishenzhen" or side.is_ready:
        return None
    return go(f"{side.prefix}/choose" if side.is_signed_in else f"/sign-in?to={side.prefix}/")


@get(paths("/new/{name:str}"))
async def begin(request: AnyRequest, name: str) -> Response[Any]:
    """The form, with what the city knows filled in."""
    side = side_of(request)
    screen = side.screen(name, "form")
    if (elsewhere := _enterprise_needed(side)) is not None:
        return elsewhere
    filled = await forms.begun(side, screen)
    said = request.query_params.get("say", "").strip()[:SAID_MAX]
    return await _form(request, side, screen, forms.with_words(side, screen, filled, said))


@post(paths("/new/{name:str}"), status_code=200)
async def say(request: AnyRequest, name: str) -> Response[Any]:
    """Check what was typed: the form again with every fault, or all answers to be looked over."""
    side = side_of(request)
    screen = side.screen(name, "form")
    if (elsewhere := _enterprise_needed(side)) is not None:
        return elsewhere
    filled = await forms.sent(request, side, screen)
    if filled.text("step") == "edit" or changes_rows(filled.texts):
        return await _form(request, side, screen, filled)
    filled = forms.checked(side, screen, filled)
    if filled.faults:
        return await _form(request, side, screen, filled, status=422)
    if filled.text("step") == "send":
        return await _sent(request, side, screen, filled)
    return await _check(request, side, screen, filled)


async def _form(
    request: AnyRequest, side: Side, screen: Screen, filled: Filled, *, status: int = 200
) -> Response[str]:
    values = {
        "screen": screen,
        "title": screen.label.in_(side.language),
        "pages": forms.drawn(side, screen, filled),
        "filled": filled,
        "place": {
            "address": filled.text("place_address"),
            "lon": filled.text("place_lon"),
            "lat": filled.text("place_lat"),
            "accuracy": filled.text("place_accuracy"),
        },
        "center": await _center(side),
        "links": _links(side, filled),
        "faults": [
            {"id": "place_address" if name == forms.PLACE else name, "text": text}
            for name, text in filled.faults.items()
        ],
    }
    return await show(request, side, "applicant/form.html", values, status=status)


async def _center(side: Side) -> Sequence[float]:
    """Where the map stands before a place is chosen: where the asker lives, else the middle of the
    city."""
    person = await side.services.identity.person_of(side.actor)
    if person and person.area_code and is_area_code(person.area_code):
        home = side.services.areas.of(person.area_code)
        if home.center:
            return home.center
    city = next((area for area in side.services.areas.all() if area.level == "city"), None)
    return city.center if city and city.center else (114.05, 22.57)


def _links(side: Side, filled: Filled) -> Mapping[str, str]:
    return {
        str(file.id): files_api.link(side.services, side.actor, file.id, "small")
        for files in filled.files.values()
        for file in files
        if file.is_picture
    }


async def _check(request: AnyRequest, side: Side, screen: Screen, filled: Filled) -> Response[str]:
    values, _ = forms.judged_values(side, screen, filled)
    texts = _texts(side, screen, values)
    hint = await hinting.hint_of(side, str(screen.of), texts, forms.point_of(filled))
    given = {
        "screen": screen,
        "title": screen.label.in_(side.language),
        "answers": _answers(side, screen, filled, values),
        "hidden": _hidden(side, screen, filled),
        "files": [file for files in filled.files.values() for file in files],
        "links": _links(side, filled),
        "hint": hint,
        "matters": _matters(side, hint),
        "is_public": filled.text(forms.PUBLIC_TEXT) != "",
        "public_text": publicly(next(iter(texts.values()), "")),
        "disclosure": filled.text(forms.DISCLOSURE) or "open",
        "point": forms.point_of(filled),
    }
    return await show(request, side, "applicant/check.html", given)


def _texts(side: Side, screen: Screen, values: Mapping[str, Any]) -> dict[str, Any]:
    """What of a case is its text: the searchable declared fields."""
    type_ = forms.type_of(side, screen)
    return {
        item.name: values[item.name]
        for item in type_.attributes
        if item.kind in {"text", "long_text"} and item.search and values.get(item.name)
        if not item.many
    }


def _answers(
    side: Side, screen: Screen, filled: Filled, values: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Every answer that will be sent, in the order of the form."""
    type_ = forms.type_of(side, screen)
    found = []
    for name in forms.fields_of(screen):
        attribute = type_.attribute(name)
        label, value = "", ""
        if name == forms.PLACE:
            label, value = side.say("applicant.form.place"), filled.text("place_address")
            if not value and forms.point_of(filled):
                value = side.say("applicant.form.pinned")
        elif name == forms.DISCLOSURE:
            chosen = filled.text(name) or "open"
            label = side.say("applicant.form.disclosure")
            value = side.say(f"applicant.disclosure.{chosen}")
        elif attribute is not None and attribute.kind not in {"files"}:
            label = attribute.label.in_(side.language)
            value = _shown(side, attribute, values.get(name))
        if label and value and not (name == forms.ADDRESS and forms.PLACE in _named(screen)):
            more = listed_as(side, attribute, values.get(name)) if attribute else {}
            found.append({"label": label, "value": value, **more})
    # What follows from the answers is told before they are sent.
    computed = (item for item in type_.attributes if item.computed and item.sensitivity <= INTERNAL)
    return found + [
        {"label": item.label.in_(side.language), "value": value}
        for item in computed
        if (value := _shown(side, item, values.get(item.name)))
    ]


def _named(screen: Screen) -> set[str]:
    return set(forms.fields_of(screen))


def _shown(side: Side, attribute: Attribute, value: Any) -> str:
    if value is None or value == "":
        return ""
    if attribute.is_list:
        return list_text(side.services.registry, attribute, value, side.language, yes_no(side))
    if attribute.kind == "boolean":
        return side.say("applicant.form.yes" if value else "applicant.form.no")
    listed = side.services.registry.code_lists.get(attribute.code_list or "")
    label = listed.label_of(str(value)) if listed else None
    unit = f" {attribute.unit}" if attribute.unit else ""
    return label.in_(side.language) if label else f"{as_text(round_off(value))}{unit}"


def _hidden(side: Side, screen: Screen, filled: Filled) -> list[tuple[str, str]]:
    """All that was typed, to be sent again by the check page."""
    names = [*forms.fields_of(screen), "submission"]
    names += [f"place_{part}" for part in ("address", "lon", "lat", "accuracy")]
    type_ = forms.type_of(side, screen)
    lists = {item.name: item for item in type_.attributes if item.is_list}
    texts = [
        one
        for name in names
        if (text := filled.text(name))
        for one in (resent(lists[name], text) if name in lists else [(name, text)])
    ]
    files = [(f"{name}_kept", str(f.id)) for name, sent in filled.files.items() for f in sent]
    return [*texts, *files]


def _matters(side: Side, hint: hinting.Hint) -> list[dict[str, Any]]:
    """Similar matters as the page tells of them."""
    return [
        {
            "href": f"{side.prefix}/public/{matter.kind}/{matter.code}",
            "title": matter.title
            or side.say("applicant.near.untitled",
                        category=hinting.category_of(side, matter.kind, matter.category)),
            "people": matter.people,
            "metres": None if matter.metres is None else int(round(matter.metres / 10) * 10),
            "area": side.services.areas.name_of(code_of(matter.area_no)).in_(side.language)
            if matter.area_no is not None else "",
            "at": near(side, matter.accepted_at),
        }
        for matter in hint.similar
    ]  # fmt: skip


async def _sent(request: AnyRequest, side: Side, screen: Screen, filled: Filled) -> Response[Any]:
    new = arriving.settled(side.services, forms.new_case(side, screen, filled))
    author = GUEST if new.disclosure == "anonymous" else side.actor
    scope = side.services.rights.scope(author, "create", new.kind)
    try:
        accepted = await side.services.cases.accept(scope, new)
    except Refusal as failure:
        if not failure.faults:
            raise
        again = forms.with_faults(side, screen, filled, failure.faults)
        return await _form(request, side, screen, again, status=422)
    if author.account_id is not None:
        return go(f"{side.prefix}/receipt/{new.kind}/{accepted.code}")
    return await _guest_receipt(request, side, new.kind, accepted)


async def _guest_receipt(
    request: AnyRequest, side: Side, kind: str, accepted: Accepted
) -> Response[Any]:
    """A guest's receipt is the answer itself: its code is told once and must not be lost."""
    code = accepted.receipt or receipts.held(request).get(accepted.code, "")
    response = await _receipt(request, side, kind, accepted.code, near(side, accepted.due_at), code)
    if accepted.receipt:
        receipts.hold(response, request, side, accepted.code, accepted.receipt)
    return response


@get(paths("/receipt/{kind:str}/{code:str}"))
async def receipt(request: AnyRequest, kind: str, code: str) -> Response[str]:
    """The receipt of one's own case: number, what happens next, by when, whom to ask."""
    side = side_of(request)
    kind = side.case_kind(kind)
    case = await side.services.cases.get(side.scope("read", kind), code)
    return await _receipt(request, side, kind, case.code, near(side, case.due_at), "")


async def _receipt(
    request: AnyRequest, side: Side, kind: str, code: str, due: str, secret: str
) -> Response[str]:
    type_ = side.services.registry.type_(kind)
    name = type_.label.in_(side.language)
    operators = await side.services.cases.operators_of(side.services.registry.case_kind(kind))
    values = {
        "name": name[:1].lower() + name[1:],  # within a sentence
        "kind": kind,
        "code": code,
        "due": due,
        "secret": secret,
        "whom": operators.name.in_(side.language),
    }
    return await show(request, side, "applicant/receipt.html", values)


@post(paths("/hints/{name:str}"), status_code=200)
async def hints(request: AnyRequest, name: str) -> Response[str]:
    """While typing: likely category, similar matters, a known answer, as a part of the page."""
    side = side_of(request)
    screen = side.screen(name, "form")
    type_ = forms.type_of(side, screen)
    filled = Filled(texts=typed_of(type_.attributes, await form_of(request)))
    values, _ = forms.values_of(side, screen, filled)
    texts = _texts(side, screen, values)
    hint = await hinting.hint_of(side, str(screen.of), texts, forms.point_of(filled))
    given = {"hint": hint, "matters": _matters(side, hint)}
    return await show(request, side, "applicant/hints.html", given)


HANDLERS = [begin, say, receipt, hints]
