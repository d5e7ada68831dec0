"""A private NATS server with JetStream: its settings and its start.

It listens on a loopback port of its own choice and asks for a token that only the owner of the data
folder can read, because every account of a machine can reach its loopback.
"""

import os
import secrets
import shutil
import socket
from pathlib import Path

import msgspec

from pengcheng.kernel.errors import Trouble
from pengcheng.ops import private_folder
from pengcheng.ops.children import Program
from pengcheng.ops.system_account import User
from pengcheng.ops.written import replace

LOOPBACK = "127.0.0.1"
# Below the range from which Linux gives ports to outgoing connections, so that after a crash the
# port is still free.
PORTS = range(20000, 32000)
PORT_TRIES = 200
MEMORY_MAX = "64MB"
FILES_MAX = "4GB"
CONNECT_SECONDS = 1.0
TOKEN_BYTES = 24


class Bus(msgspec.Struct, frozen=True, kw_only=True):
    """One data folder of NATS with the port and token of this start."""

    folder: Path
    program: Path
    user: User | None
    port: int
    token: str

    @property
    def url(self) -> str:
        """The address with its token, for clients."""
        return f"nats://{self.token}@{LOOPBACK}:{self.port}"


def bus(data: Path, *, user: User | None) -> Bus:
    """The private bus of a data folder; it does not run yet."""
    found = shutil.which("nats-server", path="/usr/sbin:/usr/local/bin:/usr/bin:/sbin:/bin")
    if found is None:
        raise Trouble("nats.not_installed")
    return Bus(
        folder=private_folder.make(data / "nats", user),
        program=Path(found),
        user=user,
        port=_free_port(),
        token=secrets.token_urlsafe(TOKEN_BYTES),
    )


def program(made: Bus, handle: private_folder.Handle, *, log: Path) -> Program:
    """The server itself; its settings are written before it starts."""
    lines = [
        f"host: {LOOPBACK}",
        f"port: {made.port}",
        "server_name: pengcheng",
        f'authorization {{ token: "{made.token}" }}',
        "jetstream {",
        f'  store_dir: "{handle.path}"',
        f"  max_memory_store: {MEMORY_MAX}",
        f"  max_file_store: {FILES_MAX}",
        "}",
    ]
    content = "\n".join(lines).encode()
    replace(made.folder / "nats.conf", content, owner=made.user)
    return Program(
        name="nats",
        argv=(str(made.program), "-c", f"{handle.path}/nats.conf"),
        log=log,
        env={"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LANG": "C.UTF-8"},
        user=made.user,
        fds=(handle.fd,),
        is_server=True,
    )


def is_ready(made: Bus) -> bool:
    """Whether it greets whoever connects."""
    try:
        with socket.create_connection((LOOPBACK, made.port), CONNECT_SECONDS) as connection:
            return connection.recv(4) == b"INFO"
    except OSError:
        return False


def _free_port() -> int:
    for _ in range(PORT_TRIES):
        port = secrets.choice(PORTS)
        with socket.socket() as trial:
            try:
                trial.bind((LOOPBACK, port))
            except OSError:
                continue
            return port
    raise Trouble("nats.no_port", low=PORTS.start, high=PORTS.stop)
