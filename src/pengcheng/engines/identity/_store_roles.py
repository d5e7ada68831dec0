"""SQL of the city's own roles."""

from uuid import UUID

from pengcheng.engines.identity.model import CityRole
from pengcheng.ground.database import Row, Work
from pengcheng.kernel.ids import new_id
from pengcheng.kernel.words import Words

_COLUMNS = "role, name_zh, name_en, includes, active, version"


async def everything(work: Work) -> list[CityRole]:
    return [
        _role(row) for row in await work.rows(f"select {_COLUMNS} from city_role order by role")
    ]


async def one(work: Work, role: str) -> CityRole | None:
    row = await work.row(
        f"select {_COLUMNS} from city_role where role = %(role)s for update", role=role
    )
    return _role(row) if row else None


async def add(work: Work, role: CityRole) -> UUID:
    role_id = new_id()
    await work.run(
        """insert into city_role (role, id, name_zh, name_en, includes, active)
           values (%(role)s, %(id)s, %(zh)s, %(en)s, %(includes)s, %(active)s)""",
        role=role.role,
        id=role_id,
        zh=role.name.zh,
        en=role.name.en,
        includes=list(role.includes),
        active=role.active,
    )
    return role_id


async def change(work: Work, role: CityRole) -> UUID | None:
    found = await work.value(
        """update city_role set name_zh = %(zh)s, name_en = %(en)s, includes = %(includes)s,
                  active = %(active)s, version = version + 1
           where role = %(role)s and version = %(version)s returning id""",
        role=role.role,
        zh=role.name.zh,
        en=role.name.en,
        includes=list(role.includes),
        active=role.active,
        version=role.version,
    )
    return found if isinstance(found, UUID) else None


def _role(row: Row) -> CityRole:
    return CityRole(
        role=row["role"],
        name=Words(row["name_zh"], row["name_en"]),
        includes=tuple(row["includes"]),
        active=row["active"],
        version=row["version"],
    )
