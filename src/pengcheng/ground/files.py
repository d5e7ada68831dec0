"""Files by the hash of their content, in a folder of the city.

A name from outside is never used: where a file stands follows from its SHA-256 alone. A file is
there whole and durable or not at all (temporary file, fsync, rename, fsync of the folder), once
however often it is put, and what is read is what was put: a damaged file is `Trouble`, never
served. What a file *is* tells `ground.media`, not its name.
"""

import asyncio
import errno
import os
import re
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, TypeVar

import msgspec

from pengcheng.kernel.errors import Absent, TooLarge, Trouble

FILE_BYTES_MAX = 50 * 1024 * 1024
"""The largest file that is taken unless a caller names another limit."""

CHUNK_BYTES = 1024 * 1024
TEMPORARY_SECONDS_MAX = 3600
"""A temporary file older than this belongs to a process that died."""

_HASH = re.compile(r"[0-9a-f]{64}", re.ASCII)
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}

Result = TypeVar("Result")


class Stored(msgspec.Struct, frozen=True):
    """A file as it stands in the store; `head` is its beginning, for `media.sniff`."""

    sha256: str
    size_bytes: int
    head: bytes = b""


class Files:
    """The store of one city."""

    HEAD_BYTES = 4096

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._temporary = folder / "tmp"

    def open(self) -> None:
        """Make the folders and clear what dead processes left; call once at start."""
        with _world():
            self._temporary.mkdir(parents=True, exist_ok=True, mode=0o700)
            before = time.time() - TEMPORARY_SECONDS_MAX
            for left in self._temporary.iterdir():
                if left.stat().st_mtime < before:
                    left.unlink(missing_ok=True)

    async def put(self, chunks: AsyncIterator[bytes], *, limit: int = FILE_BYTES_MAX) -> Stored:
        """Store what arrives. `TooLarge` past `limit` bytes, `Trouble` when the disk is full; in
        both cases, and when the sender breaks off, nothing stays behind."""
        writing = await self._there(self._begin)
        try:
            async for chunk in chunks:
                if writing.size_bytes + len(chunk) > limit:
                    raise TooLarge("file.too_large", limit=_megabytes(limit))
                if writing.add(chunk):
                    await self._there(writing.flush)
            return await self._there(lambda: self._finish(writing))
        finally:
            await self._there(writing.drop)

    async def put_bytes(self, content: bytes, *, limit: int = FILE_BYTES_MAX) -> Stored:
        """Store what is at hand."""

        async def once() -> AsyncIterator[bytes]:
            yield content

        return await self.put(once(), limit=limit)

    async def read(self, digest: str, *, limit: int = FILE_BYTES_MAX) -> bytes:
        """The whole content, checked. `Absent` when there is none, `Trouble` when damaged."""
        path = self._path(digest)
        content = await self._there(lambda: _read(path, limit))
        if sha256(content).hexdigest() != digest:
            raise Trouble("file.damaged", sha256=digest)
        return content

    async def stream(self, digest: str) -> AsyncIterator[bytes]:
        """The content in chunks, checked before the first is given out."""
        path = self._path(digest)
        if not await self.verify(digest):
            raise Trouble("file.damaged", sha256=digest)
        source = await self._there(lambda: path.open("rb"))
        try:
            while chunk := await self._there(lambda: source.read(CHUNK_BYTES)):
                yield chunk
        finally:
            source.close()

    async def verify(self, digest: str) -> bool:
        """Whether the content still has its hash. `Absent` when there is no such file."""
        path = self._path(digest)
        return await self._there(lambda: _digest(path)) == digest

    async def has(self, digest: str) -> bool:
        """Whether the store holds a content."""
        path = self._path(digest)
        return await self._there(path.is_file)

    async def remove(self, digest: str) -> None:
        """Forget a content, when no record names it any more; removing nothing is fine."""
        path = self._path(digest)
        await self._there(lambda: path.unlink(missing_ok=True))

    def _path(self, digest: str) -> Path:
        if not _HASH.fullmatch(digest):
            raise Absent("file.unknown")
        return self.folder / digest[:2] / digest[2:4] / digest

    async def _there(self, act: Callable[[], Result]) -> Result:
        """Touch the disk beside the event loop, its failures told as ours."""

        def guarded() -> Result:
            with _world():
                return act()

        return await asyncio.to_thread(guarded)

    def _begin(self) -> "_Writing":
        self._temporary.mkdir(parents=True, exist_ok=True, mode=0o700)
        number, name = tempfile.mkstemp(dir=self._temporary)
        return _Writing(Path(name), os.fdopen(number, "wb"))

    def _finish(self, writing: "_Writing") -> Stored:
        writing.flush()
        os.fsync(writing.file.fileno())
        stored = writing.stored()
        path = self._path(stored.sha256)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Replacing an equal file costs nothing and mends one that was damaged.
        writing.path.replace(path)
        for folder in (path.parent, path.parent.parent, self.folder):
            _sync_folder(folder)
        return stored


class _Writing:
    """A temporary file that grows; chunks are gathered so that small ones do not cost a thread."""

    def __init__(self, path: Path, file: BinaryIO) -> None:
        self.path = path
        self.file = file
        self.size_bytes = 0
        self._digest = sha256()
        self._head = b""
        self._waiting: list[bytes] = []
        self._waiting_bytes = 0

    def add(self, chunk: bytes) -> bool:
        """Take a chunk; whether it is time to flush."""
        self.size_bytes += len(chunk)
        self._waiting.append(chunk)
        self._waiting_bytes += len(chunk)
        if len(self._head) < Files.HEAD_BYTES:
            self._head += chunk[: Files.HEAD_BYTES - len(self._head)]
        return self._waiting_bytes >= CHUNK_BYTES

    def flush(self) -> None:
        content = b"".join(self._waiting)
        self._waiting.clear()
        self._waiting_bytes = 0
        self._digest.update(content)
        self.file.write(content)
        self.file.flush()

    def stored(self) -> Stored:
        return Stored(self._digest.hexdigest(), self.size_bytes, self._head)

    def drop(self) -> None:
        """Close, and remove what was not renamed into its place."""
        self._waiting.clear()
        try:
            self.file.close()
        finally:
            self.path.unlink(missing_ok=True)


@contextmanager
def _world() -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as failure:
        raise Absent("file.unknown") from failure
    except OSError as failure:
        code = "disk.full" if failure.errno in _FULL else "disk.failed"
        raise Trouble(code, reason=failure.strerror or "") from failure


def _megabytes(limit: int) -> str:
    """A limit as a person reads it."""
    return f"{limit / 2**20:.3g} MB"


def _read(path: Path, limit: int) -> bytes:
    with path.open("rb") as source:
        content = source.read(limit + 1)
    if len(content) > limit:
        raise TooLarge("file.too_large", limit=_megabytes(limit))
    return content


def _digest(path: Path) -> str:
    digest = sha256()
    with path.open("rb") as source:
        while chunk := source.read(CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()


def _sync_folder(folder: Path) -> None:
    number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
