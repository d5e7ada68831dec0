"""Taking files in and giving them out."""

import asyncio
from collections.abc import Sequence
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any
from uuid import UUID

from pengcheng.engines.files import _store
from pengcheng.engines.files.model import (
    DOCUMENT_BYTES_MAX,
    NAME_LENGTH_MAX,
    SOUND_BYTES_MAX,
    StoredFile,
)
from pengcheng.ground import media
from pengcheng.ground.database import Database
from pengcheng.ground.files import Files
from pengcheng.kernel.authz import Actor
from pengcheng.kernel.errors import Absent, Refusal, TooLarge
from pengcheng.kernel.ids import new_id
from pengcheng.kernel.texts import clean_text
from pengcheng.kernel.time import Clock


class Uploads:
    """The files that people sent to one city."""

    def __init__(self, database: Database, files: Files, clock: Clock) -> None:
        self._database = database
        self._files = files
        self._clock = clock

    async def take(
        self, actor: Actor, content: bytes, name: str, *, purpose: str = "report"
    ) -> StoredFile:
        """Check, clean and keep a file. `Refusal` for what is no picture, voice note or PDF,
        `TooLarge` past the limit of its kind."""
        media_type = media.sniff(content[:4096])
        if media_type in media.PICTURES:
            kept, facts = await self._picture(content)
            media_type = "image/jpeg"
        else:
            kept, facts = _sound_or_document(content, media_type), {}
        stored = await self._files.put_bytes(kept)
        file = StoredFile(
            id=new_id(),
            sha256=stored.sha256,
            bytes=stored.size_bytes,
            media_type=str(media_type),
            name=shown_name(name, str(media_type)),
            owner_id=actor.account_id,
            subject_id=None,
            purpose=purpose,
            facts=facts,
            created_at=self._clock.now(),
        )
        async with self._database.transaction(actor) as work:
            await _store.add(work, file)
        return file

    async def _picture(self, content: bytes) -> tuple[bytes, dict[str, Any]]:
        seen = await asyncio.to_thread(media.examine, content)
        kept = await asyncio.to_thread(media.cleaned, content)
        small = await self._files.put_bytes(await asyncio.to_thread(media.thumbnail, kept))
        return kept, {"width": seen.width, "height": seen.height, "thumbnail": small.sha256}

    async def of(self, file_id: UUID) -> StoredFile:
        """What is known of a file; `Absent` when there is none."""
        found = await self.all_of([file_id])
        if not found:
            raise Absent("file.unknown")
        return found[0]

    async def all_of(self, ids: Sequence[UUID]) -> list[StoredFile]:
        """What is known of several, in their order, for one who may read their record."""
        if not ids:
            return []
        async with self._database.reading() as work:
            return await _store.by_ids(work, ids)

    async def loose(self, actor: Actor, ids: Sequence[UUID]) -> list[StoredFile]:
        """Those that no record holds yet and that this sender (or a guest) has sent."""
        found = await self.all_of(ids)
        return [
            file
            for file in found
            if file.subject_id is None and file.owner_id in {None, actor.account_id}
        ]

    async def content(self, file: StoredFile) -> bytes:
        """The whole file, checked against its hash."""
        return await self._files.read(file.sha256)

    async def thumbnail(self, file: StoredFile) -> bytes:
        """The small form of a picture; `Absent` where there is none."""
        small = file.facts.get("thumbnail")
        if not isinstance(small, str):
            raise Absent("file.unknown")
        return await self._files.read(small)


def _sound_or_document(content: bytes, media_type: str | None) -> bytes:
    limits = dict.fromkeys(media.SOUNDS, SOUND_BYTES_MAX)
    limits |= dict.fromkeys(media.DOCUMENTS, DOCUMENT_BYTES_MAX)
    limit = limits.get(media_type or "")
    if limit is None:
        raise Refusal("file.kind_not_taken")
    if len(content) > limit:
        raise TooLarge("file.too_large", limit=f"{limit >> 20} MB")
    return content


def shown_name(name: str, media_type: str) -> str:
    """What a sender called a file, without a path or anything unseen, with the ending of what it
    is. Only ever shown: where a file stands follows from its content."""
    last = PureWindowsPath(PurePosixPath(name).name).name
    plain = "".join(letter for letter in clean_text(last) if letter.isprintable())
    stem = PurePosixPath(plain).stem.strip(". ")[:NAME_LENGTH_MAX] or "file"
    return f"{stem}.{media.EXTENSIONS.get(media_type, 'bin')}"
