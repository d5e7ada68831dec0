"""Folders of the private servers: owned by the servers' account, reached through an open handle.

When root starts the city below a folder that only root may enter (say /root), the servers' account
cannot walk the path to its own data. It need not: the supervisor opens the folder and hands the
handle down, and the server names its data `/proc/self/fd/N`. No permission of any folder above
changes and no extra capability is given. See docs/decisions/0002.
"""

import hashlib
import os
import shutil
import tempfile
from pathlib import Path

from pengcheng.kernel.errors import Trouble
from pengcheng.ops.system_account import User, current

PRIVATE = 0o700
REACHABLE = 0o755
SOCKET_PATH_MAX = 100  # sun_path holds 107 characters, and PostgreSQL adds its file name
SOCKET_NAME_ROOM = len("/.s.PGSQL.5432")


class Handle:
    """A folder held open for a child; its path holds in that child and in what the child forks."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)

    @property
    def path(self) -> str:
        """The folder as the child may name it."""
        return f"/proc/self/fd/{self.fd}"

    def close(self) -> None:
        """Let go of the folder; children that were given it keep theirs."""
        os.close(self.fd)


def make(folder: Path, owner: User | None) -> Path:
    """A folder that only its owner may enter."""
    folder.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
    own(folder, owner)
    folder.chmod(PRIVATE)
    return folder


def own(path: Path, owner: User | None) -> None:
    """Give a file or folder to the servers' account, when there is one."""
    if owner is not None:
        os.chown(path, owner.uid, owner.gid)


def remove(folder: Path) -> None:
    """Take a folder away with all that is in it; nothing happens when there is none."""
    shutil.rmtree(folder, ignore_errors=True)


def socket_folder(data: Path, owner: User | None) -> Path:
    """A short path for a data folder's socket, that only the servers' account may enter."""
    name = socket_folder_name(data)
    own_run = data / "run" / name
    if owner is None and _is_short(own_run):
        return make(own_run, None)
    folder = make(_above_sockets() / name, owner)
    if not _is_short(folder):
        raise Trouble("city.socket_path_too_long", path=str(folder))
    return folder


def socket_folder_name(data: Path) -> str:
    """The name that stands for a data folder where all sockets are."""
    return hashlib.sha256(os.fsencode(data.resolve())).hexdigest()[:12]


def _is_short(folder: Path) -> bool:
    return len(os.fsencode(folder)) + SOCKET_NAME_ROOM <= SOCKET_PATH_MAX


def _above_sockets() -> Path:
    """Where sockets may stand: /run for root, whose servers run as another account; else /tmp."""
    me = current()
    is_root = me.uid == 0
    run = Path("/run") if is_root and os.access("/run", os.W_OK) else None
    above = run / "pengcheng" if run else Path(tempfile.gettempdir()) / f"pengcheng-{me.uid}"
    above.mkdir(mode=REACHABLE if is_root else PRIVATE, parents=True, exist_ok=True)
    # In /tmp someone else could have been first: a folder that is not ours is not used.
    if above.is_symlink() or above.stat().st_uid != me.uid:
        raise Trouble("city.socket_folder_taken", path=str(above))
    above.chmod(REACHABLE if is_root else PRIVATE)
    return above
