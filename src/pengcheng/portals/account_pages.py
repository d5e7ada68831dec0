"""Signing in and out, preferences, static files, the gallery: what all portals share."""

from collections.abc import Mapping

from litestar import Response, get, post
from litestar.datastructures import CacheControlHeader
from litestar.static_files import create_static_files_router
from litestar.types import ControllerRouterHandler

from pengcheng.edge.asking import AnyRequest, actor_of, services_of, signed_in
from pengcheng.edge.session_api import with_session
from pengcheng.engines.identity import FirstAdministrator, Session
from pengcheng.kernel.authz import Actor
from pengcheng.kernel.codes import telephone as normal_telephone
from pengcheng.kernel.errors import Absent, Fault, PengchengError, Refusal, invalid
from pengcheng.portals import kit
from pengcheng.portals.kit import gallery_pages
from pengcheng.portals.pages import (
    HOMES,
    STATIC_URL,
    Frame,
    environment,
    faults_by_field,
    form_of,
    go,
    own_address,
    page_of,
    portal_of,
    render,
    texts_of,
)

YEAR_SECONDS = 365 * 24 * 3600


def home_of(actor: Actor) -> str:
    """Where somebody who has just signed in begins."""
    if actor.kind != "official":
        return HOMES["shenqi"] if actor.kind == "enterprise" else HOMES["ishenzhen"]
    leads = actor.holds("command_leader") or actor.holds("command_officer")
    return HOMES["shenzhihui"] if leads else HOMES["shenzhengyi"]


@get("/")
async def front(request: AnyRequest) -> Response[bytes]:
    """The portal that fits who asks."""
    return go(home_of(actor_of(request)))


@get("/sign-in")
async def sign_in_page(request: AnyRequest) -> Response[str]:
    """Sign in by user name and password, or by a code to one's telephone."""
    to = own_address(request.query_params.get("to", "/"))
    return _sign_in(request, {"to": to, "ended": "ended" in request.query_params})


def _sign_in(
    request: AnyRequest, values: Mapping[str, object], *, status: int = 200
) -> Response[str]:
    filled = {"to": "/", "username": "", "telephone": "", "code_shown": "", "faults": {},
              "message": "", "minutes": 0, "sent": False, "ended": False}  # fmt: skip
    filled |= values
    return render(request, "sign_in.html", Frame(portal=portal_of(request)), filled, status=status)


@post("/sign-in", status_code=200)
async def sign_in(request: AnyRequest) -> Response[bytes] | Response[str]:
    """Begin a session by password."""
    form = texts_of(await form_of(request))
    username, to = form.get("username", ""), own_address(form.get("to", "/"))
    try:
        session = await services_of(request).identity.sign_in(username, form.get("password", ""))
    except PengchengError as failure:
        return _sign_in(
            request,
            {"to": to, "username": username, "message": failure.code,
             "minutes": failure.facts.get("minutes", 0)},
            status=failure.status,
        )  # fmt: skip
    return _entered(request, session, to)


def _entered(request: AnyRequest, session: Session, to: str) -> Response[bytes]:
    target = home_of(session.actor) if to == "/" else to
    secure = request.url.scheme == "https"
    now = services_of(request).clock.now()
    return with_session(go(target), session, now, secure=secure)


@post("/sign-in/code", status_code=200)
async def send_code(request: AnyRequest) -> Response[str]:
    """Send a one-time code to a telephone; the sample city shows it, marked as simulated."""
    services = services_of(request)
    form = texts_of(await form_of(request))
    to = own_address(form.get("to", "/"))
    telephone = normal_telephone(form.get("telephone", ""))
    if telephone is None:
        values = {"to": to, "telephone": form.get("telephone", ""), "faults": {"telephone": True}}
        return _sign_in(request, values, status=422)
    code = await services.identity.send_code(telephone)
    shown = code if services.settings.sample else ""
    return _sign_in(request, {"to": to, "telephone": telephone, "code_shown": shown, "sent": True})


@post("/sign-in/redeem", status_code=200)
async def redeem(request: AnyRequest) -> Response[bytes] | Response[str]:
    """Begin a session by a one-time code; a new telephone becomes a citizen's account."""
    form = texts_of(await form_of(request))
    telephone, to = form.get("telephone", ""), own_address(form.get("to", "/"))
    try:
        session = await services_of(request).identity.redeem_code(telephone, form.get("code", ""))
    except Refusal as failure:
        faults = faults_by_field(request, failure.faults)
        message = "" if faults else failure.code
        values = {"to": to, "telephone": telephone, "sent": True, "faults": faults,
                  "message": message}  # fmt: skip
        return _sign_in(request, values, status=failure.status)
    return _entered(request, session, to)


@get("/first-administrator/{secret:str}")
async def first_page(request: AnyRequest, secret: str) -> Response[str]:
    """Where the first administrator of an empty city chooses a name and a password, once."""
    services = services_of(request)
    first = FirstAdministrator(services.database, services.clock)
    if not await first.is_open(secret):
        raise Absent("request.no_such_page")
    return _first(request, {})


def _first(
    request: AnyRequest, values: Mapping[str, object], *, status: int = 200
) -> Response[str]:
    filled = {"username": "", "name": "", "faults": {}} | dict(values)
    frame = Frame(portal="shenzhengyi")
    return render(request, "first_administrator.html", frame, filled, status=status)


@post("/first-administrator/{secret:str}", status_code=200)
async def first_begins(request: AnyRequest, secret: str) -> Response[bytes] | Response[str]:
    """Open the account; the link is then used up."""
    services = services_of(request)
    form = texts_of(await form_of(request))
    username, password = form.get("username", ""), form.get("password", "")
    name = form.get("name", "")
    try:
        if password != form.get("again", ""):
            raise invalid(Fault(path="/again", code="password.not_again"))
        await FirstAdministrator(services.database, services.clock).begin(
            secret, username, password, name=name
        )
    except Refusal as failure:
        faults = faults_by_field(request, failure.faults)
        return _first(request, {"username": username, "name": name, "faults": faults}, status=422)
    return _entered(request, await services.identity.sign_in(username, password), "/e/admin")


@get("/password")
async def password_page(request: AnyRequest) -> Response[str]:
    """Where somebody replaces their own password; led here first by a one-time password."""
    signed_in(request)
    return _password(request, {"to": own_address(request.query_params.get("to", "/"))})


def _password(
    request: AnyRequest, values: Mapping[str, object], *, status: int = 200
) -> Response[str]:
    actor = actor_of(request)
    filled = {"to": "/", "faults": {}, "must": actor.must_change_password} | dict(values)
    portal = "shenzhengyi" if actor.kind == "official" else "ishenzhen"
    return render(request, "password.html", Frame(portal=portal), filled, status=status)


@post("/password", status_code=200)
async def change_password(request: AnyRequest) -> Response[bytes] | Response[str]:
    """Replace the password; one stays signed in here, and is signed out everywhere else."""
    actor = signed_in(request)
    form = texts_of(await form_of(request))
    to, new = own_address(form.get("to", "/")), form.get("password", "")
    try:
        if new != form.get("again", ""):
            raise invalid(Fault(path="/again", code="password.not_again"))
        identity = services_of(request).identity
        session = await identity.change_password(actor, form.get("old", ""), new)
    except Refusal as failure:
        faults = faults_by_field(request, failure.faults)
        return _password(request, {"to": to, "faults": faults}, status=failure.status)
    return _entered(request, session, to)


@post("/sign-out", status_code=200)
async def sign_out(request: AnyRequest) -> Response[bytes]:
    """End the session at once."""
    token = request.scope["state"]["token"]
    if token:
        await services_of(request).identity.sign_out(token)
    response = go("/")
    response.delete_cookie("pengcheng_session")
    return response


@post("/preferences", status_code=200)
async def preferences(request: AnyRequest) -> Response[bytes]:
    """Language, theme, elder mode: kept in cookies of this device."""
    form = texts_of(await form_of(request))
    before = kit.preferences_from_cookies(request.cookies)
    response = go(form.get("back", "/"))
    for name, value in kit.preferences_to_cookies(form, before).items():
        response.set_cookie(name, value, max_age=YEAR_SECONDS, samesite="lax", path="/")
    return response


@get(["/gallery", "/gallery/{code:str}"])
async def gallery(request: AnyRequest, code: str = "") -> Response[str]:
    """Every component of the kit with its examples."""
    page = page_of(request, Frame(portal="ishenzhen"))
    found = gallery_pages(environment(), page)
    if code not in found:
        raise Absent("request.no_such_page")
    return Response(found[code], media_type="text/html")


def handlers() -> list[ControllerRouterHandler]:
    """The shared pages, and the kit's static files (their names carry their hash)."""
    static = create_static_files_router(
        path=STATIC_URL,
        directories=[kit.STATIC],
        # Their names carry their hash: what was read once need never be asked for again.
        cache_control=CacheControlHeader(public=True, max_age=YEAR_SECONDS, immutable=True),
    )
    return [
        front, sign_in_page, sign_in, send_code, redeem, first_page, first_begins, password_page,
        change_password, sign_out,
        preferences, gallery, static,
    ]  # fmt: skip
