"""Small files that are either the old or the new, whole, also after a power cut."""

import os
from pathlib import Path

from pengcheng.ops.system_account import User

OWNER_ONLY = 0o600


def replace(
    path: Path, content: bytes, *, mode: int = OWNER_ONLY, owner: User | None = None
) -> None:
    """Put new content in the place of a file, durably and at once.

    Also safe for root in a folder of another account: no link that stands there is followed.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode)
    with os.fdopen(descriptor, "wb") as file:
        os.fchmod(file.fileno(), mode)
        if owner is not None:
            os.fchown(file.fileno(), owner.uid, owner.gid)
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
