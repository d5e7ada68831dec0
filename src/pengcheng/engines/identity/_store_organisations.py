"""SQL of the tree of organisations."""

from collections.abc import Sequence
from uuid import UUID

from pengcheng.engines.identity.model import Organisation
from pengcheng.ground.database import Row, Work
from pengcheng.kernel.words import Words

_COLUMNS = """id, key, kind, level, name_zh, name_en, area_code, parent_id, no, no_end, active,
              synthetic, version"""


def _organisation(row: Row) -> Organisation:
    name = Words(row.pop("name_zh"), row.pop("name_en"))
    return Organisation(**row, name=name)


async def everything(work: Work) -> list[Organisation]:
    rows = await work.rows(f"select {_COLUMNS} from organisation order by no")
    return [_organisation(row) for row in rows]


async def add(work: Work, organisations: Sequence[Organisation]) -> None:
    await work.copy(
        """copy organisation (id, key, kind, level, name_zh, name_en, area_code, parent_id, no,
                              no_end, active, synthetic) from stdin""",
        (
            (
                item.id,
                item.key,
                item.kind,
                item.level,
                item.name.zh,
                item.name.en,
                item.area_code,
                item.parent_id,
                item.no,
                item.no_end,
                item.active,
                item.synthetic,
            )
            for item in organisations
        ),
    )


async def change(work: Work, item: Organisation, version: int) -> int:
    return await work.run(
        """update organisation set name_zh = %(zh)s, name_en = %(en)s, kind = %(kind)s,
                  area_code = %(area)s, active = %(active)s, version = version + 1
           where id = %(id)s and version = %(version)s""",
        id=item.id,
        zh=item.name.zh,
        en=item.name.en,
        kind=item.kind,
        area=item.area_code,
        active=item.active,
        version=version,
    )


async def move(work: Work, organisation_id: UUID, parent_id: UUID | None, version: int) -> int:
    return await work.run(
        """update organisation set parent_id = %(parent)s, version = version + 1
           where id = %(id)s and version = %(version)s""",
        id=organisation_id,
        parent=parent_id,
        version=version,
    )


async def renumber(work: Work, spans: Sequence[tuple[UUID, int, int]]) -> None:
    """Give organisations their new numbers."""
    await work.run_each(
        "update organisation set no = %(no)s, no_end = %(no_end)s where id = %(id)s",
        [{"id": found, "no": low, "no_end": high} for found, low, high in spans],
    )


async def past(work: Work) -> list[tuple[int, int]]:
    """The numbers that moved organisations have left."""
    rows = await work.tuples("select no, no_end from organisation_past")
    return [(row[0], row[1]) for row in rows]


async def leave(work: Work, left: Sequence[tuple[int, int, UUID]]) -> None:
    await work.run_each(
        """insert into organisation_past (no, no_end, organisation_id)
           values (%(no)s, %(no_end)s, %(id)s)""",
        [{"no": low, "no_end": high, "id": found} for low, high, found in left],
    )


async def numbered_tables(work: Work) -> list[str]:
    """Every table whose rows stand under an organisation's number, but the log, which tells what
    was true when it was written. Partitions follow their parent."""
    rows = await work.tuples(
        """select format('%%I.%%I', n.nspname, c.relname)
           from pg_attribute a join pg_class c on c.oid = a.attrelid
           join pg_namespace n on n.oid = c.relnamespace
           where a.attname = 'organisation_no' and not a.attisdropped and c.relkind in ('r', 'p')
             and not c.relispartition and n.nspname in ('public', 'city') and c.relname <> 'log'
           order by 1""",
    )
    return [row[0] for row in rows]


async def follow(work: Work, table: str, numbers: Sequence[tuple[int, int]]) -> int:
    """Let the rows of a table follow their organisations to new numbers."""
    return await work.run(
        f"""update {table} t set organisation_no = m.now
            from unnest(%(was)s::bigint[], %(now)s::bigint[]) as m (was, now)
            where t.organisation_no = m.was""",
        was=[was for was, _ in numbers],
        now=[now for _, now in numbers],
    )


async def open_cases_of(work: Work, organisation_id: UUID) -> int:
    found = await work.value(
        "select count(*) from cases where open and organisation_id = %(id)s", id=organisation_id
    )
    return int(found or 0)
