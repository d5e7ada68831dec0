"""People and their accounts: found, added, locked, deactivated; their posts given and ended."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from litestar import Response, get, post

from pengcheng.edge.asking import AnyRequest, services_of
from pengcheng.edge.services import Services
from pengcheng.engines.identity import (
    AccountQuery,
    NewAccount,
    NewPerson,
    PostHeld,
    PostQuery,
)
from pengcheng.kernel.codes import telephone as normal_telephone
from pengcheng.kernel.errors import Absent, Conflict, Fault, Refusal, invalid
from pengcheng.kernel.words import Language, Words
from pengcheng.portals.pages import form_of, go, render, texts_of
from pengcheng.portals.shenzhengyi import admin, admin_rosters
from pengcheng.portals.shenzhengyi.admin_changes import changes_of
from pengcheng.portals.shenzhengyi.admin_rosters import post_of, posts_of
from pengcheng.portals.shenzhengyi.navigation import official
from pengcheng.portals.shenzhengyi.records import demand
from pengcheng.portals.shenzhengyi.texts import say

Values = dict[str, Any]
STATES = ("active", "new", "locked", "inactive")
PAGE = 50
POSTS_SHOWN = 3


@get("/e/admin/accounts")
async def accounts(request: AnyRequest) -> Response[Any]:
    """People with their accounts, by user name."""
    services, actor = services_of(request), official(request)
    scope = services.rights.scope(actor, "read", "account")
    asked, chosen = await _asked(request)
    # Who the city's people are is nobody's list to walk through: they are looked for.
    finds = asked.kind == "official" or len(asked.text) > 1
    found = await services.people.accounts(scope, asked) if finds else []
    labels = await admin.role_labels(services)
    posts = await posts_of(services, actor, [row["id"] for row in found])
    language = actor.language
    rows = [
        {**row, "state": state_of(row), "posts": texts[:POSTS_SHOWN],
         "more": max(len(texts) - POSTS_SHOWN, 0)}
        for row in found
        for held in [posts.get(row["id"], [])]
        for texts in [list(dict.fromkeys(post_text(p, labels, language) for p in held))]
    ]  # fmt: skip
    query = urlencode({**chosen, "after": found[-1]["username"]}) if len(found) == PAGE else ""
    values = {
        "rows": rows,
        "chosen": chosen,
        "asks": not finds,
        "states": [{"value": s, "text": say(f"a.state.{s}", language)} for s in STATES],
        "kinds": [{"value": k, "text": say(f"a.kind.{k}", language)}
                  for k in ("official", "citizen")],
        "roles": await admin.role_options(services, language),
        "next_url": f"/e/admin/accounts?{query}" if query else "",
        "may_add": admin.may(request, "create", "account"),
        "may_import": admin.may(request, "import", "account"),
    }  # fmt: skip
    page = await admin.shown(request, "accounts")
    return render(request, "shenzhengyi/accounts.html", page, values)


async def _asked(request: AnyRequest) -> tuple[AccountQuery, Values]:
    services, given = services_of(request), request.query_params
    state, kind, role = given.get("state", ""), given.get("kind", ""), given.get("role", "")
    chosen = {
        "q": given.get("q", "")[:80],
        "state": state if state in STATES else "",
        "kind": kind if kind == "citizen" else "",
        "role": role if role in await admin.role_labels(services) else "",
    }
    asked = AccountQuery(
        text=chosen["q"].strip(), state=chosen["state"], kind=chosen["kind"] or "official",
        role=chosen["role"] or None, after=given.get("after", "")[:80], limit=PAGE,
    )  # fmt: skip
    return asked, {name: value for name, value in chosen.items() if value}


def state_of(row: Mapping[str, Any]) -> str:
    """The one word that says how an account stands."""
    if not row["active"]:
        return "inactive"
    if row["closed_until"] or row["guessed_until"]:
        return "locked"
    return "new" if row["must_change_password"] else "active"


def post_text(held: PostHeld, labels: Mapping[str, Words], language: Language) -> str:
    """A post in words: role and organisation."""
    role = labels[held.role].in_(language) if held.role in labels else held.role
    unit = held.organisation_name.in_(language) if held.organisation_name else ""
    between = "，" if language == "zh" else ", "
    return f"{role}{between}{unit}" if unit else role


@get("/e/admin/accounts/new")
async def new_account(request: AnyRequest) -> Response[Any]:
    """The empty form of an account."""
    demand(services_of(request), official(request), "create", "account")
    return await _new_page(request, {"organisation": request.query_params.get("organisation", "")})


async def _new_page(
    request: AnyRequest, typed: Mapping[str, str], more: Mapping[str, Any] | None = None, *,
    status: int = 200,
) -> Response[Any]:  # fmt: skip
    services, actor = services_of(request), official(request)
    values = {
        "typed": typed,
        "faults": {},
        "message": "",
        "made": None,
        "roles": await admin.role_options(services, actor.language),
    } | dict(more or {})
    page = await admin.shown(request, "accounts")
    return render(request, "shenzhengyi/account_new.html", page, values, status=status)


def account_of(services: Services, texts: Mapping[str, str], faults: list[Fault]) -> NewAccount:
    """A new account from a form or a row; faults of values are told by the engine."""
    given = texts.get("telephone", "").strip()
    number = normal_telephone(given) or given or None
    asked = any(texts.get(name) for name in ("role", "organisation", "organisation_key"))
    posts = (post_of(services, texts, faults),) if asked else ()
    return NewAccount(
        username=texts.get("username", "").strip(),
        kind="official",
        person=NewPerson(name=texts.get("name", "").strip(), telephone=number),
        posts=posts,
    )


@post("/e/admin/accounts/new", status_code=200)
async def add_account(request: AnyRequest) -> Response[Any]:
    """Add an account; its one-time password is shown on this answer only."""
    services, actor = services_of(request), official(request)
    texts = texts_of(await form_of(request))
    await services.organisations.load()
    scope = services.rights.scope(actor, "create", "account")
    faults: list[Fault] = []
    new = account_of(services, texts, faults)
    try:
        if faults:
            raise invalid(*faults)
        account_id, password = await services.people.add(
            scope, new, await admin.roles_given(services)
        )
    except (Refusal, Conflict) as failure:
        more = admin.refused(request, failure)
        return await _new_page(request, texts, more, status=failure.status)
    made = {"username": new.username, "name": new.person.name, "password": password,
            "href": f"/e/admin/accounts/{account_id}"}  # fmt: skip
    return await _new_page(request, {}, {"made": made})


@get("/e/admin/accounts/{key:str}")
async def account(request: AnyRequest, key: str) -> Response[Any]:
    """One person with account, posts, and what was changed."""
    return await _account_page(request, admin.uuid_of(key), {})


async def _account_page(
    request: AnyRequest, account_id: UUID, more: Mapping[str, Any], *, status: int = 200
) -> Response[Any]:
    services, actor = services_of(request), official(request)
    rights, language = services.rights, actor.language
    row = await services.people.account(rights.scope(actor, "read", "account"), account_id)
    reads = rights.scope(actor, "read", "post")
    asked = PostQuery(account_ids=(account_id,), limit=200)
    held = [] if reads.is_empty else await services.posts.found(reads, asked)
    labels, today = await admin.role_labels(services), admin.today_of(services)
    posts = [
        {"post": p, "text": post_text(p, labels, language), "state": p.state(today),
         "area": services.areas.name_of(p.area_code).in_(language) if p.area_code else ""}
        for p in held
    ]  # fmt: skip
    said = request.query_params.get("said", "")
    values = {
        "account": row,
        "state": state_of(row),
        "posts": [item for item in posts if item["state"] != "ended"],
        "past": [item for item in posts if item["state"] == "ended"],
        "roles": await admin.role_options(services, language),
        "changes": await changes_of(request, "account", account_id),
        "may": {
            "change": admin.may(request, "change", "account"),
            "give": admin.may(request, "create", "post") and row["kind"] == "official",
            "end": admin.may(request, "retire", "post"),
        },
        "said": say(f"a.said.{said}", language) if said in SAID else "",
        "typed": {}, "faults": {}, "message": "", "password": "", "open": "",
    } | dict(more)  # fmt: skip
    page = await admin.shown(request, "accounts")
    return render(request, "shenzhengyi/account.html", page, values, status=status)


SAID = frozenset({"change", "post", "end", "period", "lock", "unlock"})


@post("/e/admin/accounts/{key:str}/{act:str}", status_code=200)
async def change_account(request: AnyRequest, key: str, act: str) -> Response[Any]:
    """Change, deactivate, restore, lock, open; a new one-time password; give, change or end a
    post."""
    services, actor = services_of(request), official(request)
    account_id = admin.uuid_of(key)
    texts = texts_of(await form_of(request))
    await services.organisations.load()
    if act not in {*SAID, "password"}:
        raise Absent("request.no_such_page")
    try:
        if act == "password":
            scope = services.rights.scope(actor, "change", "account")
            password = await services.people.reset_password(scope, account_id)
            return await _account_page(request, account_id, {"password": password})
        await _acted(request, account_id, act, texts)
    except (Refusal, Conflict) as failure:
        more = {"typed": texts, "open": act, **admin.refused(request, failure)}
        return await _account_page(request, account_id, more, status=failure.status)
    return go(f"/e/admin/accounts/{account_id}?said={act}")


async def _acted(request: AnyRequest, account_id: UUID, act: str, texts: Mapping[str, str]) -> None:
    services, actor = services_of(request), official(request)
    people, posts, rights = services.people, services.posts, services.rights
    changes = rights.scope(actor, "change", "account")
    faults: list[Fault] = []
    match act:
        case "post":
            given = post_of(services, texts, faults)
            if faults:
                raise invalid(*faults)
            scope = rights.scope(actor, "create", "post")
            await posts.give(scope, account_id, given, await admin.roles_given(services))
        case "period":
            starts, ends = (admin.day_of(texts, n, faults) for n in ("starts_on", "ends_on"))
            if faults:
                raise invalid(*faults)
            await posts.change(
                rights.scope(actor, "change", "post"), admin.uuid_of(texts.get("post", "")),
                starts_on=starts, ends_on=ends, version=admin.version_of(texts),
            )  # fmt: skip
        case "end":
            scope = rights.scope(actor, "retire", "post")
            await posts.end(scope, admin.uuid_of(texts.get("post", ""), "post.unknown"))
        case "lock":
            await people.lock(changes, account_id, texts.get("reason", ""))
        case "unlock":
            await people.unlock(changes, account_id)
        case _:
            await people.change(
                changes, account_id, name=texts.get("name", ""),
                telephone=texts.get("telephone", ""), active=texts.get("active", "1") == "1",
                version=admin.version_of(texts),
            )  # fmt: skip


HANDLERS = [
    accounts, new_account, add_account, account, change_account, *admin_rosters.HANDLERS,
]  # fmt: skip
