"""A city of its own for a bench: the real `pengcheng up` on a folder that is thrown away."""

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec

from pengcheng import city
from pengcheng.edge.services import Services
from pengcheng.ground.settings import Running, Settings, read
from pengcheng.kernel.errors import Trouble
from pengcheng.ops import children, postgres, private_folder, system_account

START_SECONDS = 600
PARTS = {"postgres": "postgres", "nats": "nats", "web": "serve", "worker": "worker"}
"""A part of the city, and the word in its command by which it is known."""


class OwnCity:
    """One data folder with its city, started and ended as often as a bench needs."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.port = _free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @contextlib.contextmanager
    def up(self) -> Iterator["OwnCity"]:
        """The whole city, while the block lasts; without the simulation, which is load too."""
        log = (self.data.parent / "up.log").open("wb")
        kept = {name: value for name, value in os.environ.items() if "PENGCHENG" not in name}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "pengcheng.ops.command", "up", "--data", str(self.data),
             "--port", str(self.port)],
            stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
            env={**kept, "PENGCHENG_SIMULATE": "no", "PYTHONUTF8": "1"},
        )  # fmt: skip
        try:
            self._wait()
            yield self
        finally:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(60)
            log.close()

    @contextlib.contextmanager
    def database_only(self) -> Iterator[str]:
        """Its PostgreSQL alone (for filling), while the block lasts; the address."""
        cluster = postgres.cluster(self.data, user=system_account.for_servers())
        handle = private_folder.Handle(cluster.folder)
        log = self.data / "log" / "postgres.log"
        child = children.start(postgres.program(cluster, handle, log=log))
        try:
            children.wait_for(lambda: postgres.is_ready(cluster, child.pid), START_SECONDS)
            yield cluster.url
        finally:
            child.ask()
            child.end()
            handle.close()

    @property
    def database_url(self) -> str:
        """The database of the running city."""
        content = (self.data / "run" / "city.json").read_bytes()
        return msgspec.json.decode(content, type=Running).database_url

    def services(self, database_url: str) -> Services:
        """The engines, put together in this process over that database."""
        settings: Settings = read(
            {}, {"data": str(self.data), "database_url": database_url, "nats_url": "nats://-:1"}
        )
        return city.services_of(settings)

    def memory(self) -> int:
        """Bytes of memory of every process of the city (PSS: what is shared is counted once)."""
        process = self._process
        if process is None:
            return 0
        return sum(_pss(pid) for pid in _family(process.pid))

    def cpu(self) -> dict[str, float]:
        """CPU seconds until now of the web processes, the worker, PostgreSQL and NATS. What a
        process of PostgreSQL used counts until it ends."""
        spent = dict.fromkeys(PARTS, 0.0)
        for pid in _family(self._process.pid) if self._process else ():
            part, seconds = _spent(pid)
            if part in spent:
                spent[part] += seconds
        return spent

    def _wait(self) -> None:
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until:
            with contextlib.suppress(OSError, http.client.HTTPException):
                connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=2)
                connection.request("GET", "/readyz")
                if connection.getresponse().status == http.HTTPStatus.OK:
                    return
            if self._process is not None and self._process.poll() is not None:
                break
            time.sleep(0.2)
        raise Trouble("city.not_ready", seconds=START_SECONDS, why="bench", logs=str(self.data))


@contextlib.contextmanager
def own_city() -> Iterator[OwnCity]:
    """A city on an empty folder, which is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="pengcheng-bench-") as folder:
        Path(folder).chmod(0o755)
        one = OwnCity(Path(folder) / "city")
        try:
            yield one
        finally:
            private_folder.remove(private_folder.socket_folder(one.data, None))


def _free_port() -> int:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


def _family(pid: int) -> list[int]:
    """A process and all beneath it."""
    parents: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            after = stat.read_text().rpartition(")")[2].split()
            parents.setdefault(int(after[1]), []).append(int(stat.parent.name))
    found, waiting = [], [pid]
    while waiting:
        found.append(waiting.pop())
        waiting += parents.get(found[-1], [])
    return found


def _spent(pid: int) -> tuple[str, float]:
    """Which part of the city a process is, and its CPU seconds."""
    with contextlib.suppress(OSError):
        words = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode().split()
        stat = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        named = [part for part, word in PARTS.items() if any(word in one for one in words[:5])]
        seconds = (int(stat[11]) + int(stat[12])) / os.sysconf("SC_CLK_TCK")
        return (named or [""])[0], seconds
    return "", 0.0


def _pss(pid: int) -> int:
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    return 0
