"""Full text: Chinese, English, mixed, one character, and text that looks like a query."""

from datetime import UTC, datetime, timedelta

import pytest

from pengcheng.engines.search import Document, Search, _store
from pengcheng.ground.database import Database, Row, Work
from pengcheng.kernel.authz import SYSTEM, Region, Scope
from pengcheng.kernel.ids import new_id
from pengcheng.kernel.ranges import Ranges

pytestmark = pytest.mark.anyio
NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
OWNER = new_id()
EVERYTHING = (Region(sensitivity=4),)
TEXTS = {
    "drain": ("雨水口堵了", "梅亭路口积水，行人过不去"),
    "lamp": ("路灯不亮", "iPhone 充电站旁 LED street lamp broken"),
    "noise": ("夜间施工噪声", "SQ20261123000001 凌晨两点仍在打桩"),
    "rare": ("𠮷野家门前", "油烟"),
    "long": ("a" * 5000, "b" * 30_000),
}


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def search(database: Database) -> Search:
    made = Search(database)
    documents = [
        Document(
            id=new_id(), type="demand", title=title, text=text, area_no=number,
            organisation_no=number * 10, owner_id=OWNER if key == "lamp" else None,
            sensitivity=3 if key == "noise" else 2, open=True, at=NOW - timedelta(days=number),
        )
        for number, (key, (title, text)) in enumerate(TEXTS.items(), start=1)
    ]  # fmt: skip
    async with database.transaction(SYSTEM) as work:
        await made.put(work, documents)
    return made


def scope(*regions: Region) -> Scope:
    return Scope(action="search", type="demand", regions=regions)


async def titles(search: Search, text: str, *regions: Region) -> set[str]:
    hits = await search.find(scope(*(regions or EVERYTHING)), text)
    keys = {title: key for key, (title, _) in TEXTS.items()}
    return {keys[hit.title] for hit in hits}


FOUND = [
    ("积水", {"drain"}), ("梅亭路口", {"drain"}), ("路口", {"drain"}), ("路", {"drain", "lamp"}),
    ("水", {"drain"}), ("声", {"noise"}), ("亮", {"lamp"}), ("street", {"lamp"}),
    ("STREET lamp", {"lamp"}), ("ＬＥＤ", {"lamp"}), ("str", {"lamp"}), ("路灯 led", {"lamp"}),
    ("积水 噪声", set()), ("SQ20261123000001", {"noise"}), ("𠮷野家", {"rare"}), ("𠮷", {"rare"}),
    ("不存在", set()), ("a" * 6000, {"long"}), ("b" * 6000, {"long"}),
]  # fmt: skip


@pytest.mark.parametrize(("text", "found"), FOUND, ids=range(len(FOUND)))
async def test_what_is_typed_finds_what_holds_it(
    search: Search, text: str, found: set[str]
) -> None:
    assert await titles(search, text) == found


INJECTIONS = [
    "", "   ", "!!!", "' or 1=1 --", "a & | ! ( )", "'; drop table search_document; --", ":*",
    "\\", "%", "_", "积水' | '路灯", "\x00", "<script>", "a:*&!b", "🙂", "（）《》",
]  # fmt: skip


@pytest.mark.parametrize("text", INJECTIONS)
async def test_text_that_looks_like_a_query_is_only_text(search: Search, text: str) -> None:
    assert "drain" not in await titles(search, text)


async def test_only_what_the_scope_holds_is_found(search: Search) -> None:
    assert await search.find(scope(), "路") == []
    assert await titles(search, "路", Region(areas=Ranges(((1, 2),)))) == {"drain"}
    assert await titles(search, "路", Region(organisations=Ranges(((20, 21),)))) == {"lamp"}
    assert await titles(search, "路", Region(owner=OWNER)) == {"lamp"}
    assert await titles(search, "噪声", Region(sensitivity=2)) == set()
    other = Scope(action="search", type="house", regions=EVERYTHING)
    assert await search.find(other, "路") == []


async def test_the_index_follows_what_moves_and_forgets_what_retires(
    search: Search, database: Database
) -> None:
    (hit,) = await search.find(scope(*EVERYTHING), "积水")
    row = {"id": hit.id, "area_no": 7, "organisation_no": 70, "sensitivity": 2, "open": False}
    async with database.transaction(SYSTEM) as work:
        await search.move(work, [row])
    moved = await search.find(scope(Region(areas=Ranges(((7, 8),)))), "积水")
    async with database.transaction(SYSTEM) as work:
        await search.drop(work, [hit.id])

    assert [(item.id, item.open) for item in moved] == [(hit.id, False)]
    assert await search.find(scope(*EVERYTHING), "积水") == []


async def test_a_title_weighs_more_than_a_text(search: Search, database: Database) -> None:
    more = [
        Document(
            id=new_id(), type="demand", title=title, text=text, area_no=1, organisation_no=1,
            owner_id=None, sensitivity=2, open=True, at=NOW,
        )
        for title, text in (("别的", "井盖松动"), ("井盖松动", "别的"))
    ]  # fmt: skip
    async with database.transaction(SYSTEM) as work:
        await search.put(work, more)

    hits = await search.find(scope(*EVERYTHING), "井盖", limit=1)

    assert [hit.title for hit in hits] == ["井盖松动"]
    assert len(await search.find(scope(*EVERYTHING), "井盖", limit=-3)) == 1


MANY = """
insert into search_document (id, type, title, tokens, sensitivity, open, at)
select gen_random_uuid(), 'demand', 'x',
       (case when n %% 5 = 0 then '施工 噪声' else '路灯 不亮' end || ' w' || n)::tsvector,
       2, false, now() - (n %% 365) * interval '1 day'
from generate_series(1, 40000) n;
"""


async def test_a_common_word_is_sought_among_the_newest_a_rare_one_through_all_years(
    search: Search, database: Database
) -> None:
    async with database.transaction(SYSTEM) as work:
        await work.run(MANY)
        await work.run("update search_document set at = now() - interval '2 years' where title = "
                       "'雨水口堵了'")  # fmt: skip
        await work.run("analyze search_document")
    assert await titles(search, "积水") == {"drain"}

    hits = await search.find(scope(*EVERYTHING), "施工", limit=100)
    assert len(hits) == 100

    async with database.listing(SYSTEM) as work:
        seen = Explaining(work)
        newest = _store.LOOK_BACK_DAYS[0]
        await _store.candidates(seen, scope(*EVERYTHING), "施工", 20, newest)  # type: ignore[arg-type]  # it asks only for rows
    assert "search_type" in seen.plan


class Explaining:
    """Takes the place of a `Work`: keeps the plan of the statement instead of its rows."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self.plan = ""

    async def rows(self, statement: str, **values: object) -> list[Row]:
        told = await self._work.tuples(f"explain {statement}", **values)
        self.plan = "\n".join(line for (line,) in told)
        return []
