"""Filling a new city: the rows that packs begin with, and (unless told not to) the sample city.

A city that is filled already is left as it is: each part is done once, in one transaction.
"""

import asyncio
import secrets
from collections.abc import Sequence
from pathlib import Path

import msgspec

from pengcheng import city
from pengcheng.edge.services import Services
from pengcheng.engines.areas import MapFeature, NewArea
from pengcheng.engines.cases import CaseQuery, NewCase
from pengcheng.engines.identity import (
    Enterprise,
    FirstAdministrator,
    NewAccount,
    NewOrganisation,
    NewPerson,
    NewPost,
)
from pengcheng.engines.objects import NewRecord
from pengcheng.ground.settings import Settings
from pengcheng.kernel.authz import SEALED, SYSTEM, Region, Scope
from pengcheng.kernel.ids import new_id
from pengcheng.kernel.registry import RecordType
from pengcheng.kernel.words import Words
from pengcheng.ops.greeting import ACCOUNTS, Account, Accounts
from pengcheng.ops.greeting import read as read_accounts
from pengcheng.ops.sample.accounts import sample_accounts
from pengcheng.ops.sample.features import features
from pengcheng.ops.sample.knowledge import knowledge
from pengcheng.ops.sample.model import Outline, Population
from pengcheng.ops.sample.organisations import organisations
from pengcheng.ops.sample.outlines import Outlines, outlines
from pengcheng.ops.sample.people import population
from pengcheng.ops.seed_history import fill_history
from pengcheng.ops.written import replace
from pengcheng.pack import SampleRow
from pengcheng.pack import first_rows as first_rows_of
from pengcheng.pack import sample_rows as sample_rows_of

SEED = 4403
SAMPLE_PACK = "sample_city"
_DRAWN_LAYERS = {"roads", "green", "water", "labels", "surroundings"}


def fill(settings: Settings) -> None:
    """Fill what is not filled yet."""
    asyncio.run(_fill(settings))


async def _fill(settings: Settings) -> None:
    services = city.services_of(settings)
    await services.database.open()
    await city.declare(services)
    await services.areas.load()
    await services.organisations.load()
    if settings.sample and not services.areas.all():
        await sample_city(services, settings.packs / SAMPLE_PACK)
    await first_rows(services)
    if settings.sample:
        await sample_knowledge(services, settings.packs / SAMPLE_PACK)
    else:
        await first_administrator(services)
    await services.database.close()


async def first_administrator(services: Services) -> None:
    """A one-time link for the first administrator of a city without a sample, until it is used."""
    secret = await FirstAdministrator(services.database, services.clock).offer()
    link = f"/first-administrator/{secret}" if secret else ""
    known = read_accounts(services.settings.data) or Accounts()
    if known.first_administrator != link:
        told = Accounts(accounts=known.accounts, first_administrator=link)
        replace(services.settings.data / ACCOUNTS, msgspec.json.encode(told))


def system_scope(action: str, type_name: str) -> Scope:
    """The city's own scope over everything of a type."""
    return Scope(action=action, type=type_name, regions=(Region(sensitivity=SEALED),), actor=SYSTEM)


async def first_rows(services: Services) -> None:
    """The rows with which each declared type begins, where it has none yet."""
    registry = services.registry
    for type_ in registry.types.values():
        scope = system_scope("create", type_.name)
        if type_.rows is None or type_.role != "object":
            continue
        if await services.objects.count(registry, scope):
            continue
        rows = [
            NewRecord(attributes=row.values, code=row.beside.get("code"), place=row.place)
            for row in first_rows_of(registry, type_.name)
        ]
        await services.objects.create_many(registry, scope, rows, partly=False)


async def sample_rows(services: Services) -> None:
    """The samples of packs, for each type that has no record yet; also cases of kinds that never
    had one. What others refer to comes first."""
    registry = services.registry
    for name in registry.packs:
        rows = sample_rows_of(registry, name)
        for type_ in _targets_first([registry.types[row.type] for row in rows]):
            of_type = [row for row in rows if row.type == type_.name]
            if type_.role == "object":
                await _sample_records(services, type_, of_type)
            elif type_.role == "case":
                await _sample_cases(services, type_, of_type)


def _targets_first(types: Sequence[RecordType]) -> list[RecordType]:
    waiting = {type_.name: type_ for type_ in types}
    ordered: list[RecordType] = []
    while waiting:
        free = (
            name
            for name, type_ in waiting.items()
            if not {item.to for item in type_.attributes} & (waiting.keys() - {name})
        )
        ordered.append(waiting.pop(next(free, next(iter(waiting)))))
    return ordered


async def _sample_records(services: Services, type_: RecordType, rows: Sequence[SampleRow]) -> None:
    registry, scope = services.registry, system_scope("create", type_.name)
    if await services.objects.count(registry, scope):
        return
    # One by one, so that a row may refer to one above it.
    for row in rows:
        unit = services.organisations.by_key(row.beside.get("organisation", ""))
        new = NewRecord(
            attributes=row.values,
            code=row.beside.get("code"),
            area_code=row.beside.get("area"),
            organisation_no=unit.no if unit else None,
            place=row.place,
        )
        await services.objects.create(registry, scope, new)


async def _sample_cases(services: Services, type_: RecordType, rows: Sequence[SampleRow]) -> None:
    scope = system_scope("read", type_.name)
    if await services.cases.count(scope, CaseQuery(kind=type_.name, state="all")):
        return
    given = [NewRecord(attributes=row.values) for row in rows]
    named = await services.objects.with_ids(services.registry, scope, given)
    for row, known in zip(rows, named, strict=True):
        place = row.place or {}
        new = NewCase(
            kind=type_.name,
            channel=row.beside.get("channel", "sample"),
            fields=known.attributes,
            area_code=row.beside.get("area"),
            point=tuple(place["coordinates"]) if place.get("type") == "Point" else None,
        )
        await services.cases.accept(system_scope("create", type_.name), new)


async def sample_city(services: Services, folder: Path) -> None:
    """Areas, organisations and synthetic people of the sample city, with stable accounts; where
    demands are simulated also its past."""
    drawn = outlines(folder, SEED)
    people = population(folder, drawn, organisations(folder), SEED)
    await add_organisations(services, folder)
    passwords = await add_people(services, people)
    write_accounts(services.settings, passwords)
    await add_areas(services, folder, drawn)
    if services.settings.simulate:
        await fill_history(services, folder, drawn, SEED)


async def sample_knowledge(services: Services, folder: Path) -> None:
    """The sample's knowledge articles, for each case kind that keeps knowledge and has none."""
    registry = services.registry
    tables = {kind.tables.get("knowledge") for kind in registry.case_kinds.values()}
    for name in sorted(table for table in tables if table is not None and table in registry.types):
        scope = system_scope("create", name)
        if await services.objects.count(registry, scope):
            continue
        rows = [
            NewRecord(
                attributes={
                    "question": item.question,
                    "answer": item.answer,
                    "level1": item.level1,
                    "words": " ".join(item.words),
                    "organisation_key": item.organisation_key,
                    "basis": item.marked,
                }
            )
            for item in knowledge(folder)
        ]
        await services.objects.create_many(registry, scope, rows, partly=False)


async def add_areas(services: Services, folder: Path, drawn: Outlines) -> None:
    """Outlines from the city down to grid cells, and what the base map draws."""
    areas = [_area(outline) for outline in drawn.by_code.values()]
    shown = [
        MapFeature(
            layer=item.layer,
            kind=item.kind,
            name=Words(item.name, item.name_en),
            min_zoom=item.min_zoom,
            place=item.wkb,
            code=item.code,
            synthetic=item.synthetic,
        )
        for item in features(folder, drawn, SEED)
        if item.layer in _DRAWN_LAYERS
    ]
    await services.areas.add(SYSTEM, areas, shown)


def _area(outline: Outline) -> NewArea:
    return NewArea(
        code=outline.code,
        level=outline.level,
        name=Words(outline.name, outline.name_en),
        parent_code=outline.parent,
        schematic=outline.schematic,
        place=outline.wkb,
    )


async def add_organisations(services: Services, folder: Path) -> None:
    """The tree of organisations of the sample city."""
    await services.organisations.add(
        system_scope("create", "organisation"),
        [
            NewOrganisation(
                key=item.key,
                kind=item.organisation_key,
                level=item.level,
                name=Words(item.name, item.name_en),
                area_code=item.area,
                parent=item.parent,
                synthetic=True,
            )
            for item in organisations(folder)
        ],
    )


async def add_people(services: Services, people: Population) -> dict[str, str]:
    """Everyone, with a generated password for each stable sample account; (username, password)."""
    stable = {item.username for item in sample_accounts()}
    passwords = {name: secrets.token_urlsafe(9) for name in sorted(stable)}
    accounts = [*_officials(people), *_citizens(people), *_agents(people)]
    await services.identity.fill(
        SYSTEM,
        [(item, passwords.get(item.username)) for item in accounts],
        [
            Enterprise(
                id=new_id(),
                name=item.name,
                social_credit_code=item.credit_code,
                area_code=item.area,
                synthetic=True,
            )
            for item in people.enterprises
        ],
    )
    return passwords


def _officials(people: Population) -> list[NewAccount]:
    return [
        NewAccount(
            username=item.username,
            kind="official",
            person=NewPerson(name=item.name, telephone=item.telephone, synthetic=True),
            posts=tuple(
                NewPost(
                    role=item.role, organisation=item.organisation, area_code=area, name=item.post
                )
                for area in item.areas
            ),
        )
        for item in people.officials
    ]


def _citizens(people: Population) -> list[NewAccount]:
    return [
        NewAccount(
            username=item.username,
            kind="citizen",
            person=NewPerson(
                name=item.name,
                telephone=item.telephone,
                identity_number=item.identity_number,
                area_code=item.area,
                synthetic=True,
            ),
        )
        for item in people.citizens
    ]


def _agents(people: Population) -> list[NewAccount]:
    return [
        NewAccount(
            username=item.username,
            kind="citizen",
            person=NewPerson(name=item.contact, telephone=item.telephone, synthetic=True),
            enterprises=(item.credit_code,),
        )
        for item in people.enterprises
    ]


def write_accounts(settings: Settings, passwords: dict[str, str]) -> None:
    """The stable accounts with their passwords, for the owner of the data folder only."""
    roles = {item.username: item for item in sample_accounts()}
    told = Accounts(
        accounts=tuple(
            Account(
                account=name,
                password=password,
                role=Words(roles[name].display_name, roles[name].display_name_en),
            )
            for name, password in passwords.items()
        )
    )
    path = settings.data / ACCOUNTS
    path.touch(mode=0o600)
    path.chmod(0o600)
    path.write_bytes(msgspec.json.encode(told))
