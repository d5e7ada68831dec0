"""The rows of models that the city trained itself."""

from uuid import UUID

from pengcheng.engines.algorithms.model import TrainedModel
from pengcheng.ground.database import Work
from pengcheng.kernel.authz import Scope

_COLUMNS = ", ".join(TrainedModel.__struct_fields__)


async def champion(work: Work, algorithm: str) -> tuple[str, bytes] | None:
    """The version and the file of the champion."""
    row = await work.row(
        """select version, content from trained_model
           where algorithm = %(name)s and state = 'champion'""",
        name=algorithm,
    )
    return (row["version"], bytes(row["content"])) if row else None


async def champion_version(work: Work, algorithm: str) -> str:
    found = await work.value(
        "select version from trained_model where algorithm = %(name)s and state = 'champion'",
        name=algorithm,
    )
    return str(found or "")


async def history(work: Work, scope: Scope, algorithm: str, limit: int) -> list[TrainedModel]:
    """What was trained, the newest first."""
    if scope.is_empty:
        return []
    rows = await work.rows(
        f"""select {_COLUMNS} from trained_model where algorithm = %(name)s
            order by trained_at desc, id desc limit {limit}""",
        name=algorithm,
    )
    return [TrainedModel(**row) for row in rows]


async def lock(work: Work, algorithm: str) -> None:
    """One training or restoring of an algorithm at a time, until the transaction ends."""
    await work.run("select pg_advisory_xact_lock(4418, hashtext(%(name)s))", name=algorithm)


async def one(work: Work, model_id: UUID) -> TrainedModel | None:
    row = await work.row(
        f"select {_COLUMNS} from trained_model where id = %(id)s for update", id=model_id
    )
    return TrainedModel(**row) if row else None


async def add(work: Work, model: TrainedModel, content: bytes | None) -> None:
    names = TrainedModel.__struct_fields__
    marks = ", ".join(f"%({name})s" for name in names)
    await work.run(
        f"insert into trained_model ({_COLUMNS}, content) values ({marks}, %(content)s)",
        content=content,
        **{name: getattr(model, name) for name in names},
    )


async def retire_champion(work: Work, algorithm: str, state: str, now: object) -> str:
    """Let the champion be one no more; its version, empty where the shipped model was champion."""
    found = await work.value(
        """update trained_model set state = %(state)s, changed_at = %(now)s
           where algorithm = %(name)s and state = 'champion' returning version""",
        name=algorithm,
        state=state,
        now=now,
    )
    return str(found or "")


async def newest_former(work: Work, algorithm: str) -> TrainedModel | None:
    """The champion before the present one."""
    row = await work.row(
        f"""select {_COLUMNS} from trained_model
            where algorithm = %(name)s and state = 'former'
            order by changed_at desc, trained_at desc limit 1""",
        name=algorithm,
    )
    return TrainedModel(**row) if row else None


async def crown(work: Work, model_id: UUID, now: object) -> None:
    await work.run(
        "update trained_model set state = 'champion', changed_at = %(now)s where id = %(id)s",
        id=model_id,
        now=now,
    )
