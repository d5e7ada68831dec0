"""A department's second application is put into a running city, used, and upgraded: no restart."""

import asyncio
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from pengcheng import city as composition
from pengcheng import pack as packs_door
from pengcheng.edge import pack_changes
from pengcheng.ground import settings as city_settings
from pengcheng.ground.settings import Settings
from pengcheng.kernel.errors import Refusal
from pengcheng.ops import install, postgres
from pengcheng.pack import new_pack
from tests.city import FUTIAN, IN_MEITING, NANSHAN, ROOT, City, Filled, filled, running, served
from tests.ops import second_pack
from tests.pack.test_guide import blocks

__all__ = ["filled"]
WAIT_SECONDS = 30


class Installing(msgspec.Struct, frozen=True):
    """A running city with two web processes and a worker, and the department's folder."""

    city: City
    other: str
    settings: Settings
    pack: Path

    def install(self) -> int:
        """What `pengcheng install PACK --yes` does once the plan is shown."""
        with install.put([self.pack], self.settings.packs):
            version = asyncio.run(install.installed(self.settings))
        until(lambda: self.city.services.registry.version == version)
        until(lambda: self.document(self.other)["info"]["version"] == f"1.{version}")
        return version

    def plan(self) -> pack_changes.PackPlan:
        folders = install.together(self.settings.packs, [self.pack])
        registry = packs_door.load(folders)
        found: pack_changes.PackPlan = self.city.run(
            pack_changes.plan, self.city.services, registry
        )
        return found

    def document(self, address: str) -> dict[str, Any]:
        found: dict[str, Any] = httpx.get(f"{address}/openapi.json").json()
        return found

    def get(self, by: str, path: str) -> httpx.Response:
        """From the other process than the one that writes."""
        return httpx.get(
            self.other + path,
            headers=self.city.as_(by),
            follow_redirects=True,
            timeout=WAIT_SECONDS,
        )

    def post(self, by: str, path: str, body: Any) -> Any:
        return self.city.client.post(path, json=body, headers=self.city.as_(by))


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert holds()


@pytest.fixture(scope="module")
def installing(
    postgres_server: postgres.Cluster, filled: Filled, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Installing]:
    folder = tmp_path_factory.mktemp("department")
    for name in ("citizen_demands", "sample_city"):
        shutil.copytree(ROOT / "packs" / name, folder / "city" / name)
    with running(postgres_server, filled) as city, served(city) as other:
        given = {
            "PENGCHENG_DATA": str(filled.data), "PENGCHENG_DATABASE_URL": city.url,
            "PENGCHENG_NATS_URL": city.services.settings.nats_url,
            "PENGCHENG_PACKS": str(folder / "city"),
        }  # fmt: skip
        settings = city_settings.read(given)
        with working(settings):
            yield Installing(city, other, settings, second_pack.write(folder))


def working(settings: Settings) -> Any:
    return Worker(settings)


class Worker:
    """The background process, in a thread of its own."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._begun = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), daemon=True)

    async def _run(self) -> None:
        self._ending, self._loop = asyncio.Event(), asyncio.get_running_loop()
        self._begun.set()
        await composition.work(self._settings, self._ending)

    def __enter__(self) -> "Worker":
        self._thread.start()
        self._begun.wait(WAIT_SECONDS)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._ending.set)
        self._thread.join(WAIT_SECONDS)


@pytest.fixture(scope="module")
def installed(installing: Installing) -> Installing:
    """The city with the first version of the pack."""
    assert installing.get("clerk", "/api/v1/street_tree").status_code == 404
    installing.install()
    return installing


@pytest.fixture(scope="module")
def asked(installed: Installing) -> dict[str, Any]:
    """A citizen's request, the first of the new kind."""
    body = {"channel": "api", "fields": {"subject": "榕树遮挡路灯"},
            "point": list(IN_MEITING)}  # fmt: skip
    answer = installed.post("citizen", "/api/v1/cases/pruning", body)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    path = f"/api/v1/cases/pruning/{found['id']}"
    until(lambda: installed.get("clerk", path).status_code == 200)
    return found


def test_the_plan_tells_what_installing_changes_before_anything_is_changed(
    installing: Installing,
) -> None:
    found = installing.plan()

    lines = "\n".join(install.lines_of(found, "en"))
    assert "pack street_trees: none → 0.1" in lines
    assert "new types: pruning, street_tree" in lines
    assert 'create table if not exists city."street_tree"' in lines
    assert not found.faults
    assert installing.get("clerk", "/api/v1/street_tree").status_code == 404


def test_records_of_the_new_type_are_there_for_whom_its_rights_name(installed: Installing) -> None:
    mine = installed.get("clerk", "/api/v1/street_tree").json()["items"]
    everybodys = installed.get("citizen", "/api/v1/street_tree").json()["items"]
    new = {
        "title": "示例三",
        "state": "good",
        "place": {"type": "Point", "coordinates": [114, 22.5]},
    }

    here = installed.post("clerk", "/api/v1/street_tree", {**new, "area_code": FUTIAN})
    elsewhere = installed.post("clerk", "/api/v1/street_tree", {**new, "area_code": NANSHAN})
    forbidden = installed.post("citizen", "/api/v1/street_tree", {**new, "area_code": FUTIAN})

    assert ([one["title"] for one in mine], len(everybodys)) == (["示例一"], 2)
    assert [one.status_code for one in (here, elsewhere, forbidden)] == [201, 403, 403]


def test_the_description_of_the_api_tells_of_it(installed: Installing) -> None:
    told = installed.document(installed.other)

    assert {"/api/v1/street_tree", "/api/v1/cases/pruning"} <= told["paths"].keys()
    assert "checked_on" in told["components"]["schemas"]["street_tree"]["properties"]


PAGES = (
    ("clerk", "/e/records/street_tree", "示例一"),
    ("clerk", "/e/records/street_tree/new", "名称"),
    ("clerk", "/e/list/prunings", "榕树遮挡路灯"),
    ("clerk", "/e/map/pruning_map", "修剪地图"),
    ("clerk", "/e/", "修剪办理"),
    ("citizen", "/i/", "申请修剪"),
    ("citizen", "/i/new/pruning_form", "哪棵树"),
    ("citizen", "/i/mine/prunings_mine", "榕树遮挡路灯"),
    ("leader", "/h/figures/prunings", "修剪申请量"),
)


@pytest.mark.parametrize(("by", "path", "told"), PAGES, ids=[page[1] for page in PAGES])
def test_its_pages_are_there(
    installed: Installing, asked: dict[str, Any], by: str, path: str, told: str
) -> None:
    answer = installed.get(by, path)

    assert answer.status_code == 200, answer.text[:500]
    assert told in answer.text


def test_a_request_has_a_number_a_promise_and_somebody_who_answers(
    installed: Installing, asked: dict[str, Any]
) -> None:
    case = installed.get("clerk", f"/api/v1/cases/pruning/{asked['id']}").json()

    assert asked["code"].startswith("XJ")
    assert case["case"]["due_at"] is not None
    assert case["case"]["organisation_no"] == organisation(installed, "water@futian")
    assert installed.get("clerk.nanshan", f"/api/v1/cases/pruning/{asked['id']}").status_code == 404


def test_it_is_counted_and_found(installed: Installing, asked: dict[str, Any]) -> None:
    until(lambda: figure(installed) == 2)  # with the sample
    until(lambda: "榕树遮挡路灯" in installed.get("clerk", "/e/search?q=榕树").text)


def organisation(installed: Installing, key: str) -> int:
    found = installed.city.services.organisations.by_key(key)
    assert found is not None
    return found.no


def figure(installed: Installing, name: str = "prunings") -> float:
    query = "select coalesce(sum(denominator), 0) from indicator_value where indicator = %s"
    return float(installed.city.query(query, name)[0][0])


def test_it_goes_in_and_out_as_a_sheet(installed: Installing) -> None:
    sheet = f"title,state,area_code\n示例四,good,{FUTIAN}\n示例五,lost,{FUTIAN}\n"
    headers = {**installed.city.as_("clerk"), "content-type": "text/csv"}
    answer = installed.city.client.post(
        "/api/v1/street_tree/import?mode=valid", content=sheet.encode(), headers=headers
    )
    out = installed.get("clerk", "/api/v1/street_tree?format=csv")

    assert (answer.json()["added"], answer.json()["faults"][0]["row"]) == (1, 2)
    assert "示例四" in out.text


def test_an_upgrade_is_planned_then_done_and_what_is_open_goes_on(
    installed: Installing, asked: dict[str, Any]
) -> None:
    second_pack.upgrade(installed.pack)
    lines = "\n".join(install.lines_of(installed.plan(), "en"))
    assert "pack street_trees: 0.1 → 0.2" in lines
    assert "changed types: street_tree (+height_m)" in lines
    assert 'add column if not exists "height_m" double precision' in lines
    assert "new DMN rules: height" in lines
    installed.install()

    new = {"title": "示例六", "state": "good", "height_m": 7.5, "area_code": FUTIAN}
    assert installed.post("clerk", "/api/v1/street_tree", new).status_code == 201
    tall = installed.get("clerk", "/api/v1/street_tree?height_m.gt=7").json()["items"]
    assert [one["title"] for one in tall] == ["示例六"]
    assert installed.get("clerk", "/api/v1/street_tree?state=good").json()["items"]
    done = installed.city.act("clerk", asked, "prune", kind="pruning", body="已修剪")
    assert done.status_code == 200, done.text
    assert installed.plan().is_empty
    rule = installed.city.run(installed.city.services.rules.newest, "height")
    assert (rule.pack, rule.number) == ("street_trees", 1)
    # What came before the new figure was declared is in it.
    assert figure(installed, "prunings_on_time") == figure(installed) == 2


def test_a_step_where_work_stands_is_not_taken_away(installed: Installing, tmp_path: Path) -> None:
    body = {"channel": "api", "fields": {"subject": "另一棵树"}, "area_code": FUTIAN}
    assert installed.post("citizen", "/api/v1/cases/pruning", body).status_code == 201
    shutil.copytree(installed.pack, tmp_path / "street_trees")
    process = tmp_path / "street_trees" / "processes" / "pruning.yaml"
    process.write_text(process.read_text("utf-8").replace("asked", "wanted"), encoding="utf-8")
    registry = packs_door.load(
        install.together(installed.settings.packs, [tmp_path / "street_trees"])
    )

    with pytest.raises(Refusal) as refused:
        installed.city.run(pack_changes.apply, installed.city.services, registry)

    assert "schema.step_gone" in {fault.code for fault in refused.value.faults}


def test_the_pack_of_the_guide_is_installed_too(installed: Installing, tmp_path: Path) -> None:
    new_pack(tmp_path / "packs", "reservoir_safety", "reservoir")
    for block in (one for one in blocks() if one.path is not None):
        file = tmp_path / str(block.path)
        file.parent.mkdir(exist_ok=True)
        file.write_text(block.text, encoding="utf-8")

    with install.put([tmp_path / "packs" / "reservoir_safety"], installed.settings.packs):
        version = asyncio.run(install.installed(installed.settings))
    until(lambda: installed.city.services.registry.version == version)

    found = installed.get("clerk", "/api/v1/reservoir").json()["items"]
    assert [(one["code"], one["title"]) for one in found] == [("SZ-R-440304-0001", "示例水库一")]
    assert installed.get("clerk", "/e/records/reservoir").status_code == 200
