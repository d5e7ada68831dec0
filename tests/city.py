"""A small city for tests: the real program on a real database, with a few areas, organisations and
an account for each role. `tests/edge/conftest.py` shows how a folder of tests gets its fixtures.
"""

import asyncio
import contextlib
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import psycopg
import pytest
import shapely
import uvicorn
from litestar.testing import TestClient

from pengcheng import city as composition
from pengcheng.edge.services import Services
from pengcheng.engines.areas import NewArea
from pengcheng.engines.identity import NewAccount, NewOrganisation, NewPerson, NewPost
from pengcheng.ground import settings as city_settings
from pengcheng.ground.settings import Settings
from pengcheng.kernel.authz import SYSTEM
from pengcheng.kernel.words import Words
from pengcheng.ops import postgres, seed
from tests.conftest import database

ROOT = Path(__file__).parents[1]
FILLED = "filled"
PASSWORD = "correct horse 4403"
CITY, FUTIAN, NANSHAN = "440300000000", "440304000000", "440305000000"
MEILIN, MEITING, CELL = "440304007000", "440304007016", "440304007016001"
IN_MEITING = (114.05, 22.57)

AREAS = (
    (CITY, "city", "深圳市", "Shenzhen", None, (113.7, 22.4, 114.7, 22.9)),
    (FUTIAN, "district", "福田区", "Futian", CITY, (114.0, 22.5, 114.1, 22.6)),
    (NANSHAN, "district", "南山区", "Nanshan", CITY, (113.9, 22.5, 114.0, 22.6)),
    (MEILIN, "sub_district", "梅林街道", "Meilin", FUTIAN, (114.03, 22.55, 114.07, 22.59)),
    (MEITING, "community", "梅亭社区", "Meiting", MEILIN, (114.04, 22.56, 114.06, 22.58)),
    (CELL, "grid", "网格 001", "Cell 001", MEITING, (114.04, 22.56, 114.06, 22.58)),
)
ORGANISATIONS = (
    ("government@city", "government", "city", CITY, None),
    ("hotline@city", "hotline", "city", CITY, "government@city"),
    ("command@city", "command", "city", CITY, "government@city"),
    ("water@city", "water", "city", CITY, "government@city"),
    ("government@futian", "government", "district", FUTIAN, "government@city"),
    ("government@nanshan", "government", "district", NANSHAN, "government@city"),
    ("command@futian", "command", "district", FUTIAN, "command@city"),
    ("water@futian", "water", "district", FUTIAN, "government@futian"),
    ("water@nanshan", "water", "district", NANSHAN, "government@nanshan"),
    ("command@meilin", "command", "sub_district", MEILIN, "command@futian"),
    ("grid@meilin", "grid_centre", "sub_district", MEILIN, "government@futian"),
)
# user name, role, organisation, area
OFFICIALS = (
    ("admin", "administrator", "government@city", CITY),
    ("operator", "operator", "hotline@city", CITY),
    ("dispatcher", "dispatcher", "hotline@city", FUTIAN),
    ("clerk", "clerk", "water@futian", FUTIAN),
    ("clerk2", "clerk", "water@futian", FUTIAN),
    ("clerk.nanshan", "clerk", "water@nanshan", NANSHAN),
    ("chief", "unit_chief", "water@futian", FUTIAN),
    ("grid", "grid_worker", "grid@meilin", MEITING),
    ("arbiter", "arbiter", "command@city", CITY),
    ("supervisor", "supervisor", "command@futian", FUTIAN),
    ("duty", "command_officer", "command@futian", FUTIAN),
    ("leader", "command_leader", "command@city", CITY),
    ("opener", "confidential_opener", "government@city", CITY),
    ("auditor", "auditor", "government@city", CITY),
)
CITIZENS = ("citizen", "citizen2")
ACCOUNTS = (*(row[0] for row in OFFICIALS), *CITIZENS)
START_SECONDS = 20
LIFETIME = timedelta(days=30)
NOWHERE = "nats://127.0.0.1:1"


def settings_of(data: Path, database_url: str, nats_url: str = NOWHERE) -> Settings:
    """The settings of a test city: no servers of its own."""
    given = {
        "PENGCHENG_DATA": str(data),
        "PENGCHENG_DATABASE_URL": database_url,
        "PENGCHENG_NATS_URL": nats_url,
        "PENGCHENG_PACKS": str(ROOT / "packs"),
        "PENGCHENG_SAMPLE": "false",
    }
    return city_settings.read(given)


async def fill(settings: Settings) -> dict[str, str]:
    """Packs, areas, organisations and accounts; a bearer token for each account."""
    services = composition.services_of(settings)
    await services.database.open()
    await composition.install_packs(services)
    await composition.declare(services)
    await services.areas.add(SYSTEM, [_area(*row) for row in AREAS], [])
    await services.organisations.add(
        seed.system_scope("create", "organisation"), [_organisation(*row) for row in ORGANISATIONS]
    )
    await services.identity.fill(SYSTEM, [*_officials(), *_citizens()])
    await seed.first_rows(services)
    tokens = {}
    for name in ACCOUNTS:
        session = await services.identity.issue_token(name, note="test", lifetime=LIFETIME)
        tokens[name] = session.token
    await services.database.close()
    return tokens


def _area(
    code: str, level: Any, zh: str, en: str, parent: str | None, box: tuple[float, ...]
) -> NewArea:
    outline = shapely.MultiPolygon([shapely.box(*box)])
    return NewArea(
        code=code, level=level, name=Words(zh, en), parent_code=parent, schematic=True,
        place=shapely.to_wkb(outline),
    )  # fmt: skip


def _organisation(
    key: str, kind: str, level: Any, area: str, parent: str | None
) -> NewOrganisation:
    name = Words(f"示例·{key}", f"Sample {key}")
    return NewOrganisation(
        key=key, kind=kind, level=level, name=name, area_code=area, parent=parent, synthetic=True
    )


def _officials() -> list[tuple[NewAccount, str | None]]:
    return [
        (
            NewAccount(
                username=name,
                kind="official",
                person=NewPerson(name=f"示例·{name}", synthetic=True),
                posts=(NewPost(role=role, organisation=organisation, area_code=area),),
            ),
            PASSWORD,
        )
        for name, role, organisation, area in OFFICIALS
    ]


def _citizens() -> list[tuple[NewAccount, str | None]]:
    return [
        (
            NewAccount(
                username=name,
                kind="citizen",
                person=NewPerson(name=f"示例·{name}", synthetic=True),
            ),
            PASSWORD,
        )
        for name in CITIZENS
    ]


class Filled(msgspec.Struct, frozen=True, kw_only=True):
    """A filled database from which others are copied: its data folder and tokens stay valid."""

    data: Path
    tokens: dict[str, str]


class City(msgspec.Struct, frozen=True, kw_only=True):
    """A running test city. `client` speaks HTTP to it; `run` calls an engine in its loop."""

    client: TestClient[Any]
    services: Services
    tokens: dict[str, str]
    url: str

    def as_(self, name: str, **headers: str) -> dict[str, str]:
        """The headers of a request that this account sends; "guest": nobody known."""
        more = {key.replace("_", "-"): value for key, value in headers.items()}
        if name == "guest":
            return more
        return {"Authorization": f"Bearer {self.tokens[name]}", **more}

    def run(self, call: Callable[..., Awaitable[Any]], *arguments: Any) -> Any:
        """Await something in the loop of the application."""
        with self.client.portal() as portal:
            return portal.call(call, *arguments)

    def query(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """Look into the database as nobody else may."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            return connection.execute(statement.encode(), values or None).fetchall()

    def send_case(self, by: str = "citizen", kind: str = "demand", **more: Any) -> dict[str, Any]:
        """A case that was accepted over HTTP."""
        body = {"channel": "api", "fields": {"subject": "雨水口堵了", "body": "梅亭路口积水"}}
        answer = self.client.post(
            f"/api/v1/cases/{kind}", json={**body, **more}, headers=self.as_(by)
        )
        assert answer.status_code == 201, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def act(
        self, by: str, case: dict[str, Any], verb: str, kind: str = "demand", **more: Any
    ) -> Any:
        """The answer to a verb on a case, at the version that stands now."""
        rows = self.query("select version from cases where id = %s", case["id"])
        body = {"version": rows[0][0], **more}
        path = f"/api/v1/cases/{kind}/{case['id']}/actions/{verb}"
        return self.client.post(path, json=body, headers=self.as_(by))


@contextlib.contextmanager
def running(cluster: postgres.Cluster, filled: Filled, nats_url: str = NOWHERE) -> Iterator[City]:
    """A city on a copy of the filled database, for as long as the block lasts."""
    with database(cluster, template=FILLED) as url:
        settings = settings_of(filled.data, url, nats_url)
        app = composition.web(settings)
        with TestClient(app, raise_server_exceptions=False) as client:
            services = app.state["services"]
            yield City(client=client, services=services, tokens=filled.tokens, url=url)


@contextlib.contextmanager
def served(city: City) -> Iterator[str]:
    """The address of another web process of the same city, on a port of its own: for what only a
    real connection shows."""
    settings = city.services.settings
    configuration = uvicorn.Config(
        composition.web(settings), host="127.0.0.1", port=0, log_level="error", lifespan="on"
    )
    server = uvicorn.Server(configuration)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + START_SECONDS
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.02)
    assert server.started
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = server.force_exit = True
        thread.join(START_SECONDS)


@pytest.fixture(scope="session")
def filled(
    postgres_server: postgres.Cluster, migrated_template: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Filled:  # fmt: skip
    """The filled database, made once for each pytest process, whoever brings this fixture."""
    if not _FILLED:
        data = tmp_path_factory.mktemp("filled")
        _FILLED.append(_filled(postgres_server, migrated_template, data))
    return _FILLED[0]


_FILLED: list[Filled] = []


def _filled(postgres_server: postgres.Cluster, migrated_template: str, data: Path) -> Filled:
    execute = _executor(postgres_server)
    execute(f"create database {FILLED} template {migrated_template} strategy file_copy")
    settings = settings_of(data, postgres_server.url_of(FILLED))
    tokens = asyncio.run(fill(settings))
    execute(f"alter database {FILLED} with allow_connections false")
    execute(f"select pg_terminate_backend(pid) from pg_stat_activity where datname = '{FILLED}'")
    return Filled(data=data, tokens=tokens)


def _executor(cluster: postgres.Cluster) -> Callable[[str], None]:
    def execute(statement: str) -> None:
        with psycopg.connect(cluster.url_of("postgres"), autocommit=True) as connection:
            connection.execute(statement.encode())

    return execute


@pytest.fixture(scope="module")
def city(postgres_server: postgres.Cluster, filled: Filled) -> Iterator[City]:
    """One running city for the tests of a module."""
    with running(postgres_server, filled) as found:
        yield found


@pytest.fixture
def fresh_city(postgres_server: postgres.Cluster, filled: Filled) -> Iterator[City]:
    """A running city of a test's own."""
    with running(postgres_server, filled) as found:
        yield found
