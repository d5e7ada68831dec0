"""Taking files in and giving them out."""

import asyncio
from collections.abc import Sequence
from hashlib import sha256
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any
from uuid import UUID

from pengcheng.engines.files import _store
from pengcheng.engines.files.model import (
    DOCUMENT_BYTES_MAX,
    DROPPED,
    NAME_LENGTH_MAX,
    SOUND_BYTES_MAX,
    UNCLAIMED,
    UNCLAIMED_AFTER,
    StoredFile,
)
from pengcheng.ground import media, timers
from pengcheng.ground.database import Database, Work
from pengcheng.ground.files import Files
from pengcheng.ground.timers import Timer
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
        small = b""
        if media_type in media.PICTURES:
            kept, small, facts = await _picture(content)
            media_type = "image/jpeg"
        else:
            kept, facts = _sound_or_document(content, media_type), {}
        file = StoredFile(
            id=new_id(),
            sha256=sha256(kept).hexdigest(),
            bytes=len(kept),
            media_type=str(media_type),
            name=shown_name(name, str(media_type)),
            owner_id=actor.account_id,
            subject_id=None,
            purpose=purpose,
            facts=facts,
            created_at=self._clock.now(),
        )
        async with self._database.transaction(actor) as work:
            await _store.hold(work, _contents(file))
            for one in (kept, small):
                if one:
                    await self._files.put_bytes(one)
            await _store.add(work, file)
            if file.owner_id is None:
                until = file.created_at + UNCLAIMED_AFTER
                await timers.set_timer(work, UNCLAIMED, file.id, until, {})
        return file

    async def drop_unclaimed(self, work: Work, timer: Timer) -> None:
        """What a guest sent and no record took is gone. Its content goes by a timer of its own,
        once this is committed: were it removed here and the transaction lost, the file would come
        back without it, for a record to take. For the timer `UNCLAIMED`."""
        file = await _store.drop_loose(work, timer.subject_id)
        if file is not None:
            await self._dropped(work, [file])

    async def drop_of(self, work: Work, subjects: Sequence[UUID]) -> None:
        """The files of these records are gone; contents that no other file has go after."""
        await self._dropped(work, await _store.drop_of(work, subjects))

    async def forget_sender(self, work: Work, account_id: UUID) -> None:
        """What an account sent and no record took is gone; of the rest nobody knows who sent it."""
        await self._dropped(work, await _store.drop_unused(work, account_id))
        await _store.unname(work, account_id)

    async def _dropped(self, work: Work, files: Sequence[StoredFile]) -> None:
        for file in files:
            told = {"contents": _contents(file)}
            await timers.set_timer(work, DROPPED, file.id, self._clock.now(), told)

    async def remove_dropped(self, work: Work, timer: Timer) -> None:
        """Remove contents that no file has any more; one that comes in again meanwhile waits, and
        is written anew. For the timer `DROPPED`."""
        contents = [str(one) for one in timer.payload["contents"]]
        await _store.hold(work, contents)
        for digest in contents:
            if not await _store.is_named(work, digest):
                await self._files.remove(digest)

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


async def _picture(content: bytes) -> tuple[bytes, bytes, dict[str, Any]]:
    """A picture written anew, its small form, and what is known of it."""
    seen = await asyncio.to_thread(media.examine, content)
    kept = await asyncio.to_thread(media.cleaned, content)
    small = await asyncio.to_thread(media.thumbnail, kept)
    thumbnail = sha256(small).hexdigest()
    return kept, small, {"width": seen.width, "height": seen.height, "thumbnail": thumbnail}


def _contents(file: StoredFile) -> list[str]:
    """The hashes under which a file stands in the store."""
    small = file.facts.get("thumbnail")
    return [file.sha256, *([small] if isinstance(small, str) else [])]


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
