"""The data folder of one city: who may use it now, what wrote it, whether there is room.

`take` is the first thing a start does, before anything is changed: it refuses a folder that another
city uses, that a newer version wrote, or whose disk is full.
"""

import fcntl
import os
import shutil
from pathlib import Path

import msgspec

from pengcheng.kernel.errors import Refusal, Trouble
from pengcheng.ops.written import replace

FORMAT = 1
OWNER_ONLY = 0o700  # logs and files of a city are nobody else's business
MB = 1024 * 1024
# A new city needs PostgreSQL's first files, its log of changes, and the sample.
ROOM_NEW_MB = 1024
ROOM_MB = 256


class Version(msgspec.Struct, frozen=True):
    """What `city.version` says: raised when an older program could no longer use the folder."""

    format: int


class Lock:
    """The right to run this folder's city; given back when the process ends, however it ends."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("a+", encoding="ascii")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            self._file.seek(0)
            holder = self._file.read().strip() or "?"
            raise Refusal("city.running", data=str(path.parents[1]), pid=holder) from error
        self._file.truncate(0)
        self._file.write(str(os.getpid()))
        self._file.flush()

    def release(self) -> None:
        """Let others use the folder."""
        self._file.close()


def take(data: Path) -> Lock:
    """Make the folder usable and take its lock; nothing is changed when it cannot be used."""
    known = _version(data)
    if known is not None and known.format > FORMAT:
        raise Refusal("city.newer", data=str(data), found=known.format, known=FORMAT)
    _check_room(data, is_new=known is None)
    try:
        for folder in (data, data / "run", data / "log"):
            folder.mkdir(mode=OWNER_ONLY, parents=True, exist_ok=True)
        lock = Lock(data / "run" / "lock")
        if known is None:
            version = msgspec.json.encode(Version(FORMAT))
            replace(data / "city.version", version, mode=0o644)
    except OSError as error:
        raise Refusal("city.folder", data=str(data), why=error.strerror or str(error)) from error
    return lock


def free_mb(folder: Path) -> int:
    """The room left on the disk of a folder that may not exist yet."""
    standing = next(path for path in (folder, *folder.parents) if path.exists())
    return shutil.disk_usage(standing).free // MB


def _version(data: Path) -> Version | None:
    path = data / "city.version"
    try:
        return msgspec.json.decode(path.read_bytes(), type=Version)
    except FileNotFoundError:
        return None
    except msgspec.MsgspecError as error:
        raise Refusal("city.version_unreadable", path=str(path)) from error
    except OSError as error:
        raise Refusal("city.folder", data=str(data), why=error.strerror or str(error)) from error


def _check_room(data: Path, *, is_new: bool) -> None:
    needed = ROOM_NEW_MB if is_new else ROOM_MB
    free = free_mb(data)
    if free < needed:
        raise Trouble("city.no_room", data=str(data), free_mb=free, needed_mb=needed)
