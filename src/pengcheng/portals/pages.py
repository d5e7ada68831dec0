"""What every page does: its frame, rendering, forms, going elsewhere, errors that speak plainly."""

from collections.abc import Mapping, Sequence
from functools import cache
from hashlib import sha256
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import msgspec
from litestar import Response
from litestar.datastructures import FormMultiDict, UploadFile

from pengcheng.edge.asking import AnyRequest, actor_of, form_within, services_of
from pengcheng.edge.error_words import words_of
from pengcheng.edge.problems import fault_of
from pengcheng.kernel.errors import Fault, PengchengError, Refusal
from pengcheng.portals import kit
from pengcheng.portals.kit import Account, NavGroup, NavItem, Page

STATIC_URL = "/static"
FORM_BYTES_MAX = 60_000_000
TAG_LENGTH = 16
HOME = Path(__file__).parent
HOMES: Mapping[str, str] = {
    "ishenzhen": "/i/",
    "shenqi": "/q/",
    "shenzhengyi": "/e/",
    "shenzhihui": "/h/",
}

SEARCHES = {portal: f"{home}search" for portal, home in HOMES.items() if portal != "shenzhihui"}
AGAIN_MAY_HELP = {HTTPStatus.TOO_MANY_REQUESTS, *range(500, 600)}


@cache
def environment() -> Any:
    """One Jinja environment for all portals: templates are named `<portal>/<name>.html`."""
    words = sorted(HOME.glob("*/words*.yaml"))
    own = [path for path in words if path.parent.name != "kit"]
    return kit.environment(STATIC_URL, templates=[HOME / "templates"], words=own)


class Frame(msgspec.Struct, frozen=True, kw_only=True):
    """What a portal says of itself on each page: navigation, groups, what waits unread."""

    portal: str
    navigation: tuple[NavItem, ...] = ()
    groups: tuple[NavGroup, ...] = ()
    current: str = ""
    unread: int = 0
    unread_url: str = ""
    search_url: str = ""
    unit: str = ""


def page_of(request: AnyRequest, frame: Frame) -> Page:
    """The page that a request asks for, as the kit wants it."""
    actor = actor_of(request)
    services = services_of(request)
    home = HOMES.get(frame.portal, "/")
    own, account = _own_path(request), None
    if actor.account_id is not None:
        tag = sha256(actor.account_id.bytes).hexdigest()[:TAG_LENGTH]
        account = Account(name=actor.name, unit=frame.unit, href=f"{home}me", tag=tag)
    return Page(
        portal=msgspec.convert(frame.portal, kit.Portal),
        path=own,
        now=services.clock.now(),
        home=home,
        preferences=kit.preferences_from_cookies(
            request.cookies, request.headers.get("accept-language", "")
        ),
        account=account,
        navigation=frame.navigation,
        groups=frame.groups,
        current=frame.current,
        unread=frame.unread,
        unread_url=frame.unread_url,
        search_url=frame.search_url,
        # On the page where one signs in nothing leads to it.
        sign_in_url="" if own.startswith("/sign-in") else _sign_in_url(own),
        simulated=services.settings.sample,
    )


def _own_path(request: AnyRequest) -> str:
    query = request.url.query
    path: str = request.scope["path"]
    return f"{path}?{query}" if query else path


def _came_from(request: AnyRequest) -> str:
    """The page on which a form was filled in: where it was sent is no page to come back to."""
    came = urlsplit(request.headers.get("referer", ""))
    if came.netloc != request.url.netloc:
        return HOMES[portal_of(request)]
    return own_address(came._replace(scheme="", netloc="", fragment="").geturl())


def _sign_in_url(to: str) -> str:
    """Where one signs in, to be taken to an address of ours afterwards."""
    return f"/sign-in?to={quote(to, safe='/?=%')}"


def render(
    request: AnyRequest,
    template: str,
    frame: Frame,
    values: Mapping[str, Any] | None = None,
    *,
    status: int = 200,
) -> Response[str]:
    """A page as an answer."""
    page = page_of(request, frame)
    html = kit.render(environment(), template, page, values or {})
    return Response(html, status_code=status, media_type="text/html")


def is_telephone(request: AnyRequest) -> bool:
    """Whether a telephone asks (Sec-CH-UA-Mobile, else the user agent)."""
    told = request.headers.get("sec-ch-ua-mobile", "")
    return told == "?1" or (not told and "Mobile" in request.headers.get("user-agent", ""))


def go(to: str) -> Response[bytes]:
    """See another page (303): what was sent is done, and loading again does not send it again."""
    # Words of people are percent-encoded; what is encoded already stays as it is.
    address = quote(own_address(to), safe="%/:?#[]@!$&'()*+,;=~")
    return Response(b"", status_code=HTTPStatus.SEE_OTHER, headers={"Location": address})


def own_address(to: str) -> str:
    """An address of this city; anything else becomes the home page (no open redirect)."""
    parts = urlsplit(to)
    is_own = not parts.scheme and not parts.netloc and to.startswith("/") and "\\" not in to
    # A control character would end the header that carries the address.
    return to if is_own and not to.startswith("//") and to.isprintable() else "/"


async def form_of(request: AnyRequest) -> FormMultiDict:
    """The fields of a form, with a limit on the whole."""
    return await form_within(request, FORM_BYTES_MAX)


def texts_of(form: FormMultiDict) -> dict[str, str]:
    """The text fields of a form, trimmed; a field sent twice counts once."""
    return {
        name: value.strip().replace("\r\n", "\n")
        for name, value in form.multi_items()
        if isinstance(value, str)
    }


def uploads_of(form: FormMultiDict, name: str) -> list[UploadFile]:
    """The files of a field that are not empty."""
    return [
        value for value in form.getall(name, []) if isinstance(value, UploadFile) and value.filename
    ]


def faults_by_field(request: AnyRequest, faults: Sequence[Fault]) -> dict[str, str]:
    """The sentence of each field's first fault, in the reader's language, for a form."""
    language = actor_of(request).language
    found: dict[str, str] = {}
    for fault in faults:
        found.setdefault(field_of(fault.path), str(fault_of(fault, language)["message"]))
    return found


def field_of(path: str) -> str:
    """The form field at which a fault is told: a cell of a table (`NAME.ROW.COLUMN`), else the
    whole attribute."""
    parts = path.strip("/").split("/")
    at = next((n for n, part in enumerate(parts) if n and part.isdecimal()), None)
    if at is None:
        return parts[-1]
    return ".".join(parts[at - 1 :]) if len(parts) > at + 1 else parts[at - 1]


def error_page(request: AnyRequest, failure: PengchengError) -> Response[Any]:
    """An error that speaks like a good clerk; a guest who must sign in is taken there."""
    if failure.status == HTTPStatus.UNAUTHORIZED:
        if request.method == "GET":
            return go(_sign_in_url(_own_path(request)))
        return go(f"{_sign_in_url(_came_from(request))}&ended=1")
    language = actor_of(request).language
    words = words_of(failure.code)
    faults = failure.faults if isinstance(failure, Refusal) else ()
    portal, is_read = portal_of(request), request.method == "GET"
    values = {
        "title": words.title.in_(language),
        "detail": words.detail.fill(language, failure.facts),
        "faults": [fault_of(fault, language)["message"] for fault in faults],
        "reference": actor_of(request).request_id,
        "status": failure.status,
        # The way on: once more where that may help, back to what was typed, or a search.
        "again": _own_path(request) if is_read and failure.status in AGAIN_MAY_HELP else "",
        "sent": not is_read,
        "search": SEARCHES.get(portal, "") if failure.status == HTTPStatus.NOT_FOUND else "",
    }
    return render(request, "error.html", Frame(portal=portal), values, status=failure.status)


def portal_of(request: AnyRequest) -> str:
    """The portal that an address belongs to."""
    path = f"{request.scope['path']}/"  # "/q/" reaches us as "/q"
    return next((portal for portal, home in HOMES.items() if path.startswith(home)), "ishenzhen")
