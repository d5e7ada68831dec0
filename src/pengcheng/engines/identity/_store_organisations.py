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


async def change(
    work: Work, organisation_id: UUID, name: Words, active: object, version: int
) -> int:
    return await work.run(
        """update organisation set name_zh = %(zh)s, name_en = %(en)s, active = %(active)s,
                  version = version + 1
           where id = %(id)s and version = %(version)s""",
        id=organisation_id,
        zh=name.zh,
        en=name.en,
        active=active,
        version=version,
    )


async def open_cases_of(work: Work, organisation_id: UUID) -> int:
    found = await work.value(
        "select count(*) from cases where open and organisation_id = %(id)s", id=organisation_id
    )
    return int(found or 0)
