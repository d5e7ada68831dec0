"""A town's hydrants by the number, and the plans of the lists that are read of them."""

from typing import Any

from pengcheng.engines.objects import Schema
from pengcheng.ground import loading
from pengcheng.ground.database import Database, Work
from pengcheng.kernel.authz import SYSTEM
from pengcheng.kernel.registry import RecordType, Registry
from pengcheng.kernel.words import Words
from tests.engines.objects.growth import attribute

HYDRANT = RecordType(
    name="hydrant", role="object", pack="test", label=Words("消火栓", "Hydrant"), place="point",
    title="name",
    attributes=(
        attribute("name", "text"), attribute("state", "code", index=True),
        attribute("order", "integer", index=True), attribute("until", "date", index=True),
        attribute("plate", "text", unique=True), attribute("uses", "code", many=True, index=True),
        attribute("parts", "table", index=True, columns=(attribute("kind", "text"),)),
        attribute("note", "text"), attribute("remarks", "long_text", search=True),
    ),
)  # fmt: skip
REGISTRY = Registry(types={"hydrant": HYDRANT})
_ROWS = """insert into city.hydrant (id, code, title, name, area_no, organisation_no, sensitivity,
    changed_at, retired_at, state, "order", until, plate, uses, parts, note, remarks, place)
  select id, 'H' || n, title, title, 440300000000000 + (n %% 700) * 1000000,
    case when n %% 5 = 0 then n %% 900 end, 1, now() - n * interval '1 minute',
    case when n %% 100 = 0 then now() end,
    (array['ok', 'ok', 'ok', 'ok', 'dry', 'lost'])[1 + n %% 6 * (n %% 2)],
    case when n %% 10 > 0 then n / 50 end, date '2026-01-01' + (n %% 2000)::int, 'P' || n,
    array[(array['fire', 'street', 'garden'])[1 + n %% 3], 'u' || n %% 5000],
    json_build_array(json_build_object('kind', 'k' || n %% 5000))::jsonb, 'note',
    case when n %% 100 = 7 then title end,
    st_setsrid(st_makepoint(113.8 + (n %% 1000) * 0.001, 22.5 + (n %% 300) * 0.001), 4326)
  from (select gen_random_uuid() as id, n,
          (array['福田', '南山', '罗湖', '盐田'])[1 + n %% 4] || '区消火栓' || n || '号' as title
        from generate_series(1, %(rows)s) n) made"""


async def grown(database: Database, rows: int) -> None:
    """The type's table with so many rows."""
    await Schema(database).apply(REGISTRY)
    async with (
        database.transaction(SYSTEM) as work,
        loading.unindexed(work, ["city.hydrant"]),
    ):
        await work.run("set local statement_timeout = 0")
        await work.run(_ROWS, rows=rows)
    async with database.reading(SYSTEM) as work:
        await work.run("analyze city.hydrant")


class Explaining:
    """Takes the place of a `Work`: keeps the plans of its queries instead of their rows."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self.plans: list[str] = []

    async def tuples(self, statement: str, **values: Any) -> list[Any]:
        told = await self._work.tuples(f"explain {statement}", **values)
        self.plans.append("\n".join(line for (line,) in told))
        return []
