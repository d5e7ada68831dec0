"""Under which account of the operating system the private servers run.

PostgreSQL refuses to run as root. When the city is started by root its servers get a system account
of their own, without home or shell; otherwise they run as whoever started the city.
"""

import os
import pwd
import shutil
import subprocess

import msgspec

from pengcheng.kernel.errors import Trouble

ACCOUNT = "pengcheng"
USERADD = (
    *("--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent"),
    *("--shell", "/usr/sbin/nologin", "--comment", "Pengcheng servers"),
)


class User(msgspec.Struct, frozen=True):
    """An account of the operating system."""

    name: str
    uid: int
    gid: int


def current() -> User:
    """Who runs this process."""
    entry = pwd.getpwuid(os.geteuid())
    return User(entry.pw_name, entry.pw_uid, entry.pw_gid)


def for_servers() -> User | None:
    """The account for the private servers when we are root; None when they run as ourselves."""
    if os.geteuid() != 0:
        return None
    return _known() or _created()


def _known() -> User | None:
    try:
        entry = pwd.getpwnam(ACCOUNT)
    except KeyError:
        return None
    return User(entry.pw_name, entry.pw_uid, entry.pw_gid)


def _created() -> User:
    program = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin")
    if program is None:
        raise Trouble("account.no_useradd", account=ACCOUNT)
    made = subprocess.run(
        [program, *USERADD, ACCOUNT],
        capture_output=True,
        text=True,
        check=False,
    )
    found = _known()
    if found is None:
        raise Trouble("account.cannot_create", account=ACCOUNT, why=made.stderr.strip())
    return found
