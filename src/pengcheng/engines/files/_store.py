"""SQL of files."""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from pengcheng.engines.files.model import StoredFile
from pengcheng.ground.database import Work, json_text

_COLUMNS = ", ".join(StoredFile.__struct_fields__)


async def add(work: Work, file: StoredFile) -> None:
    await work.run(
        """insert into stored_file (id, sha256, bytes, media_type, name, owner_id, purpose, facts,
                                    created_at)
           values (%(id)s, %(sha256)s, %(bytes)s, %(media_type)s, %(name)s, %(owner_id)s,
                   %(purpose)s, %(facts_text)s::jsonb, %(created_at)s)""",
        **{name: getattr(file, name) for name in StoredFile.__struct_fields__ if name != "facts"},
        facts_text=json_text(file.facts),
    )


async def hold(work: Work, hashes: Sequence[str]) -> None:
    """Let nobody else put or remove these contents until the transaction ends."""
    for digest in sorted(hashes):
        await work.row(
            "select pg_advisory_xact_lock(hashtextextended(%(hash)s, 4405)) as held", hash=digest
        )


async def drop_loose(work: Work, file_id: UUID) -> StoredFile | None:
    """Remove a guest's file that no record took; what it was."""
    row = await work.row(
        f"""delete from stored_file
            where id = %(id)s and subject_id is null and owner_id is null returning {_COLUMNS}""",
        id=file_id,
    )
    return msgspec.convert(row, StoredFile) if row else None


async def drop_of(work: Work, subjects: Sequence[UUID]) -> list[StoredFile]:
    """Remove the files of these records; what they were."""
    rows = await work.rows(
        f"delete from stored_file where subject_id = any(%(ids)s) returning {_COLUMNS}",
        ids=list(subjects),
    )
    return [msgspec.convert(row, StoredFile) for row in rows]


async def drop_unused(work: Work, account_id: UUID) -> list[StoredFile]:
    """Remove what an account sent and no record took; what it was."""
    rows = await work.rows(
        f"""delete from stored_file where subject_id is null and owner_id = %(id)s
            returning {_COLUMNS}""",
        id=account_id,
    )
    return [msgspec.convert(row, StoredFile) for row in rows]


async def unname(work: Work, account_id: UUID) -> None:
    await work.run("update stored_file set owner_id = null where owner_id = %(id)s", id=account_id)


async def is_named(work: Work, digest: str) -> bool:
    """Whether a file of the city has this content, or its small form."""
    return bool(
        await work.value(
            """select exists (select 1 from stored_file where sha256 = %(hash)s)
                   or exists (select 1 from stored_file where facts->>'thumbnail' = %(hash)s)""",
            hash=digest,
        )
    )


async def by_ids(work: Work, ids: Sequence[UUID]) -> list[StoredFile]:
    """Files in the order of the ids asked for; who may read them the caller decides."""
    rows = await work.rows(
        f"select {_COLUMNS} from stored_file where id = any(%(ids)s)", ids=list(ids)
    )
    found = {row["id"]: msgspec.convert(row, StoredFile) for row in rows}
    return [found[file_id] for file_id in dict.fromkeys(ids) if file_id in found]
