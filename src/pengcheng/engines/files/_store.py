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


async def by_ids(work: Work, ids: Sequence[UUID]) -> list[StoredFile]:
    """Files in the order of the ids asked for; who may read them the caller decides."""
    rows = await work.rows(
        f"select {_COLUMNS} from stored_file where id = any(%(ids)s)", ids=list(ids)
    )
    found = {row["id"]: msgspec.convert(row, StoredFile) for row in rows}
    return [found[file_id] for file_id in dict.fromkeys(ids) if file_id in found]
