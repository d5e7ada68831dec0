"""A city started as a person starts it, by the command, on a data folder of its own."""

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import msgspec

from pengcheng.ops.ledger import Entry, is_running

UP = "The city is up"
START_SECONDS = 180
WITH_SAMPLE = "(with the sample)"
"""Among the options: this city has the sample; the others begin empty, and sooner."""


class City:
    """One `pengcheng up` and what it printed."""

    def __init__(self, data: Path, port: int, *options: str, **variables: str) -> None:
        self.data = data
        self.port = port
        self._printed: list[str] = []
        self._is_up = threading.Event()
        self.process = subprocess.Popen(
            command(data, port, *options),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=environment(variables),
            start_new_session=True,
        )
        threading.Thread(target=self._read, daemon=True).start()

    @property
    def printed(self) -> str:
        return "".join(self._printed)

    def wait_until_up(self) -> None:
        """Wait for the greeting."""
        assert self._is_up.wait(START_SECONDS), self.printed
        assert self.process.poll() is None, self.printed

    def end(self, number: int = signal.SIGTERM) -> int:
        """Send a signal and wait for the end; the exit code."""
        self.process.send_signal(number)
        return self.process.wait(60)

    def children(self) -> dict[str, Entry]:
        """The processes that its ledger knows and that run, by name."""
        path = self.data / "run" / "children.json"
        entries = msgspec.json.decode(path.read_bytes(), type=list[Entry])
        return {entry.name: entry for entry in entries if is_running(entry)}

    def status(self, path: str = "/readyz") -> int:
        """What it answers; 0 when it does not."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        with contextlib.closing(connection):
            try:
                connection.request("GET", path)
                return connection.getresponse().status
            except (OSError, http.client.HTTPException):
                return 0

    def _read(self) -> None:
        for line in self.process.stdout or ():
            self._printed.append(line)
            if UP in line:
                self._is_up.set()
        self._is_up.set()


@contextlib.contextmanager
def city(data: Path, port: int, *options: str, **variables: str) -> Iterator[City]:
    """A city that is up, for as long as the block lasts."""
    one = City(data, port, *options, **variables)
    try:
        one.wait_until_up()
        yield one
    finally:
        with contextlib.suppress(ProcessLookupError):
            one.end()


def command(data: Path, port: int, *options: str) -> list[str]:
    """How a city is started."""
    without = [] if WITH_SAMPLE in options else ["--no-sample"]
    more = [option for option in options if option != WITH_SAMPLE]
    told = ["--data", str(data), "--port", str(port), *without, *more]
    return [sys.executable, "-m", "pengcheng.ops.command", "up", *told]


def environment(variables: Mapping[str, str]) -> dict[str, str]:
    """Our environment without settings of a city, and these variables."""
    kept = {name: value for name, value in os.environ.items() if "PENGCHENG" not in name}
    return {**kept, **variables, "PYTHONUTF8": "1"}


def refused(data: Path, port: int, *options: str, **variables: str) -> tuple[int, str]:
    """Exit code and words of a city that does not start."""
    done = subprocess.run(
        command(data, port, *options),
        capture_output=True,
        text=True,
        timeout=START_SECONDS,
        env=environment(variables),
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def free_port() -> int:
    """A port that nobody has at this moment."""
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


def eventually(happened: Callable[[], bool], seconds: float = 60) -> bool:
    """Whether it comes true within so many seconds."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if happened():
            return True
        time.sleep(0.1)
    return False
