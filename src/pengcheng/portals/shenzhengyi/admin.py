"""What an administrator keeps: organisations, accounts with their posts, roles, calendar, parked
work; each with its import. Declared types (duty list, categories, deadlines, knowledge) have the
pages of `records`."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from litestar import Response, get, post

from pengcheng.edge.asking import AnyRequest, id_or_code, services_of
from pengcheng.edge.error_words import words_of
from pengcheng.engines.identity import NewAccount, NewPerson, NewPost
from pengcheng.kernel.codes import telephone as normal_telephone
from pengcheng.kernel.errors import Absent, Conflict, Fault, Refusal, invalid
from pengcheng.kernel.ids import to_id
from pengcheng.portals.pages import Frame, faults_by_field, form_of, go, render, texts_of
from pengcheng.portals.shenzhengyi.importing import failed, report, sheet_of
from pengcheng.portals.shenzhengyi.navigation import frame, official
from pengcheng.portals.shenzhengyi.records import demand
from pengcheng.portals.shenzhengyi.texts import say

Values = dict[str, Any]
ACCOUNT_COLUMNS = ("username", "name", "telephone", "role", "organisation", "area_code")
REQUIRED = frozenset(
    {"username", "name", "key", "kind", "level", "name_zh", "name_en", "area_code"}
)


async def shown(request: AnyRequest, page: str) -> Frame:
    """The frame of an administration page."""
    return await frame(request, page)


@get("/e/admin/accounts")
async def accounts(request: AnyRequest) -> Response[Any]:
    """Officials' accounts, by user name."""
    services, actor = services_of(request), official(request)
    scope = services.rights.scope(actor, "read", "account")
    text = request.query_params.get("q", "")[:80]
    found = await services.people.accounts(
        scope, text, after=request.query_params.get("after", "")[:80]
    )
    more = found[-1]["username"] if len(found) >= 100 else ""
    values = {
        "rows": found,
        "q": text,
        "next_url": f"/e/admin/accounts?q={text}&after={more}" if more else "",
        "may_add": not services.rights.scope(actor, "create", "account").is_empty,
    }
    return render(request, "shenzhengyi/accounts.html", await shown(request, "accounts"), values)


@get("/e/admin/accounts/new")
async def new_account(request: AnyRequest) -> Response[Any]:
    """The empty form of an account."""
    demand(services_of(request), official(request), "create", "account")
    return await _new_page(request, {})


async def _new_page(
    request: AnyRequest, typed: Mapping[str, str], *, status: int = 200,
    faults: Mapping[str, str] | None = None, made: tuple[str, str] | None = None,
) -> Response[Any]:  # fmt: skip
    values = {"typed": typed, "faults": faults or {}, "roles": roles_of(request), "made": made}
    page = await shown(request, "accounts")
    return render(request, "shenzhengyi/account_new.html", page, values, status=status)


def roles_of(request: AnyRequest) -> list[Values]:
    """The declared roles that an official may hold, as options."""
    services, actor = services_of(request), official(request)
    return [
        {"value": name, "text": label.in_(actor.language)}
        for name, label in sorted(services.registry.roles.items())
    ]


def account_of(texts: Mapping[str, str], number: str | None) -> NewAccount:
    """A new account from a form or a row; faults are told by the engine."""
    given = texts.get("telephone", "")
    posts: tuple[NewPost, ...] = ()
    if texts.get("role"):
        held = NewPost(
            role=texts["role"],
            organisation=texts.get("organisation") or None,
            area_code=texts.get("area_code") or None,
        )
        posts = (held,)
    return NewAccount(
        username=texts.get("username", "").strip(),
        kind="official",
        person=NewPerson(name=texts.get("name", "").strip(), telephone=number or given or None),
        posts=posts,
    )


@post("/e/admin/accounts/new", status_code=200)
async def add_account(request: AnyRequest) -> Response[Any]:
    """Add an account; its one-time password is shown on this answer only."""
    services, actor = services_of(request), official(request)
    texts = texts_of(await form_of(request))
    scope = services.rights.scope(actor, "create", "account")
    new = account_of(texts, normal_telephone(texts.get("telephone", "")))
    try:
        _, password = await services.people.add(scope, new, list(services.registry.roles))
    except Refusal as failure:
        faults = faults_by_field(request, failure.faults)
        return await _new_page(request, texts, status=failure.status, faults=faults)
    return await _new_page(request, {}, made=(new.username, password))


@get("/e/admin/accounts/{key:str}")
async def account(request: AnyRequest, key: str) -> Response[Any]:
    """One account with its posts."""
    return await _account_page(request, _uuid(key), {})


def _uuid(text: str) -> UUID:
    found = to_id(text)
    if found is None:
        raise Absent("account.unknown")
    return found


async def _account_page(
    request: AnyRequest, account_id: UUID, more: Mapping[str, Any], *, status: int = 200
) -> Response[Any]:
    services, actor = services_of(request), official(request)
    row = await services.people.account(services.rights.scope(actor, "read", "account"), account_id)
    posts = await services.people.posts(
        services.rights.scope(actor, "read", "post"), account_id=account_id
    )
    roles = services.registry.roles
    values = {
        "account": row,
        "posts": [
            {"id": p.id,
             "role": roles[p.role].in_(actor.language) if p.role in roles else p.role,
             "unit": p.organisation_name.in_(actor.language) if p.organisation_name else "",
             "area": p.area_code or ""}
            for p in posts
        ],
        "roles": roles_of(request),
        "typed": {},
        "faults": {},
        "message": "",
        "password": "",
    } | dict(more)  # fmt: skip
    page = await shown(request, "accounts")
    return render(request, "shenzhengyi/account.html", page, values, status=status)


@post("/e/admin/accounts/{key:str}/{act:str}", status_code=200)
async def change_account(request: AnyRequest, key: str, act: str) -> Response[Any]:
    """Change, deactivate, restore; a new one-time password; give or end a post."""
    services, actor = services_of(request), official(request)
    account_id = _uuid(key)
    texts = texts_of(await form_of(request))
    people, rights = services.people, services.rights
    try:
        if act == "password":
            scope = rights.scope(actor, "change", "account")
            password = await people.reset_password(scope, account_id)
            return await _account_page(request, account_id, {"password": password})
        if act == "post":
            held = NewPost(
                role=texts.get("role", ""),
                organisation=texts.get("organisation") or None,
                area_code=texts.get("area_code") or None,
            )
            scope = rights.scope(actor, "create", "post")
            await people.give_post(scope, account_id, held, list(services.registry.roles))
        elif act == "end":
            await people.end_post(rights.scope(actor, "retire", "post"), _uuid(texts["post"]))
        else:
            await people.change(
                rights.scope(actor, "change", "account"),
                account_id,
                name=texts.get("name", ""),
                telephone=texts.get("telephone", ""),
                active=texts.get("active", "1") == "1",
                version=int(texts["version"]) if texts.get("version", "").isdecimal() else 0,
            )
    except (Refusal, Conflict) as failure:
        faults = faults_by_field(request, getattr(failure, "faults", ()))
        message = words_of(failure.code).detail.fill(actor.language, failure.facts)
        more = {"typed": texts, "faults": faults, "message": "" if faults else message}
        return await _account_page(request, account_id, more, status=failure.status)
    return go(f"/e/admin/accounts/{account_id}")


@get("/e/admin/posts")
async def posts(request: AnyRequest) -> Response[Any]:
    """Who holds which post, by role."""
    services, actor = services_of(request), official(request)
    role = request.query_params.get("role", "")
    known = role if role in services.registry.roles else None
    found = await services.people.posts(services.rights.scope(actor, "read", "post"), role=known)
    rows = [
        [
            {"text": p.person_name, "href": f"/e/admin/accounts/{p.account_id}"},
            {"text": services.registry.roles[p.role].in_(actor.language)
             if p.role in services.registry.roles else p.role, "href": ""},
            {"text": p.organisation_name.in_(actor.language) if p.organisation_name else "",
             "href": ""},
            {"text": p.area_code or "", "href": ""},
        ]
        for p in found
    ]  # fmt: skip
    values = table(
        request, "posts", ("name", "role", "unit", "area"), rows,
        filters=[{"name": "role", "label": say("e.column.role", actor.language),
                  "options": roles_of(request), "value": role}],
    )  # fmt: skip
    return render(request, "shenzhengyi/table.html", await shown(request, "posts"), values)


def table(
    request: AnyRequest, page: str, columns: Sequence[str], rows: Sequence[Any],
    **more: Any,
) -> Values:  # fmt: skip
    """What the plain table page needs."""
    language = official(request).language
    return {
        "title": say(f"e.nav.{page}", language),
        "lead": say(f"e.admin.{page}", language),
        "columns": [{"text": say(f"e.column.{name}", language)} for name in columns],
        "rows": rows,
        "filters": [],
        "import_url": "",
        "page_url": f"/e/admin/{page}",
        "q": "",
        "searches": False,
        "next_url": "",
    } | more


@get("/e/admin/roles")
async def roles(request: AnyRequest) -> Response[Any]:
    """The declared roles and what each may do; they come with packs, and are changed there."""
    services, actor = services_of(request), official(request)
    demand(services, actor, "read", "role")
    registry, language = services.registry, actor.language
    rows = []
    for name, label in sorted(registry.roles.items()):
        held = [right for right in registry.rights if right.role == name]
        types = {right.type for right in held}
        shown_types = [
            registry.types[t].label.in_(language) for t in sorted(types) if t in registry.types
        ]
        rows.append(
            [
                {"text": label.in_(language), "href": f"/e/admin/posts?role={name}"},
                {"text": name, "href": ""},
                {"text": str(len(held)), "href": ""},
                {"text": "、".join(shown_types), "href": ""},
            ]
        )
    values = table(request, "roles", ("role", "key", "rights", "types"), rows)
    return render(request, "shenzhengyi/table.html", await shown(request, "roles"), values)


@get("/e/admin/accounts/import")
async def accounts_import(request: AnyRequest) -> Response[Any]:
    """What an import of accounts needs."""
    demand(services_of(request), official(request), "import", "account")
    return await import_page(request, "accounts", ACCOUNT_COLUMNS, {})


async def import_page(
    request: AnyRequest, page: str, columns: Sequence[str], more: Mapping[str, Any], *,
    status: int = 200,
) -> Response[Any]:  # fmt: skip
    """The import page of something that is no declared type."""
    language = official(request).language
    values = {
        "title": say("e.import.title", language, what=say(f"e.nav.{page}", language)),
        "back": f"/e/admin/{page}",
        "action": f"/e/admin/{page}/import",
        "sheet": "",
        "columns": [
            {"name": name, "label": say(f"e.column.{name}", language),
             "required": name in REQUIRED}
            for name in columns
        ],
        "faults": [], "more": 0, "message": "", "made": (), "added": None,
    } | dict(more)  # fmt: skip
    return render(
        request, "shenzhengyi/import.html", await shown(request, page), values, status=status
    )


@post("/e/admin/accounts/import", status_code=200)
async def import_accounts(request: AnyRequest) -> Response[Any]:
    """Add accounts from a sheet; their one-time passwords are shown on this answer only."""
    services, actor = services_of(request), official(request)
    scope = services.rights.scope(actor, "import", "account")
    form = await form_of(request)
    try:
        rows = await sheet_of(form)
        new = [account_of(row, normal_telephone(row.get("telephone", ""))) for row in rows]
        if not new:
            raise invalid(Fault(path="/file", code="field.required"))
        made, faults = await services.people.import_rows(
            scope, new, list(services.registry.roles),
            partly=texts_of(form).get("mode") == "partly",
        )  # fmt: skip
    except (Refusal, Conflict) as failure:
        more = failed(request, failure)
        return await import_page(request, "accounts", ACCOUNT_COLUMNS, more, status=failure.status)
    more = report(request, faults, len(made)) | {"made": made}
    status = 422 if faults and not made else 200
    return await import_page(request, "accounts", ACCOUNT_COLUMNS, more, status=status)


@get("/e/admin/parked")
async def parked(request: AnyRequest) -> Response[Any]:
    """Work that failed again and again and waits for a person."""
    services, actor = services_of(request), official(request)
    demand(services, actor, "read", "parked")
    rows = await services.parked.waiting(services.rights.scope(actor, "read", "parked"))
    may = not services.rights.scope(actor, "change", "parked").is_empty
    said = request.query_params.get("said", "")
    values = {
        "rows": rows,
        "may": may,
        "said": say(f"e.parked.said_{said}", actor.language)
        if said in {"retried", "resolved"} else "",
    }  # fmt: skip
    return render(request, "shenzhengyi/parked.html", await shown(request, "parked"), values)


@post("/e/admin/parked/{key:str}/{act:str}", status_code=200)
async def settle_parked(request: AnyRequest, key: str, act: str) -> Response[Any]:
    """Try it again, or lay it aside for good with a reason."""
    services, actor = services_of(request), official(request)
    scope = services.rights.scope(actor, "change", "parked")
    texts = texts_of(await form_of(request))
    found = id_or_code(key)
    if not isinstance(found, UUID) or act not in {"retry", "resolve"}:
        raise Absent("request.no_such_page")
    if act == "retry":
        await services.parked.retry(scope, found)
        return go("/e/admin/parked?said=retried")
    await services.parked.resolve(scope, found, texts.get("reason", ""))
    return go("/e/admin/parked?said=resolved")


HANDLERS = [
    accounts, new_account, accounts_import, import_accounts, add_account, account, change_account,
    posts, roles, parked, settle_parked,
]  # fmt: skip
