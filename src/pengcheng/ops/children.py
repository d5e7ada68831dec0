"""Programs that a supervisor runs: each in its own process group, ended when their parent ends.

The kernel sends its stop signal to a child whose parent is gone (PR_SET_PDEATHSIG), so that even
`kill -9` of the supervisor leaves nothing running for long; what still ends then is known to the
next start from the ledger (see `ledger`).
"""

import contextlib
import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO

import msgspec

from pengcheng.kernel.errors import Trouble
from pengcheng.ops.system_account import User

PR_SET_PDEATHSIG = 1
POLL_SECONDS = 0.05
GRACE_AFTER_QUIT_SECONDS = 5.0
LOG_TAIL_LINES = 12

_libc = ctypes.CDLL(None, use_errno=True)


class Program(msgspec.Struct, frozen=True, kw_only=True):
    """What to start, as whom, where it writes, and how it is asked to end.

    A server is what others depend on: it is ended after them. Without a log a program speaks to
    the terminal of its parent.
    """

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str]
    log: Path | None = None
    user: User | None = None
    fds: tuple[int, ...] = ()
    stop_signal: signal.Signals = signal.SIGTERM
    stop_seconds: float = 10.0
    is_server: bool = False


class Child:
    """One started program."""

    def __init__(self, program: Program, process: subprocess.Popen[bytes]) -> None:
        self.program = program
        self.process = process
        self.started = time.monotonic()

    @property
    def pid(self) -> int:
        """The number by which the kernel knows it."""
        return self.process.pid

    def has_ended(self) -> bool:
        """Whether it is gone; its exit code has then been taken from the kernel."""
        return self.process.poll() is not None

    def lived_seconds(self) -> float:
        """How long ago it was started."""
        return time.monotonic() - self.started

    def ask(self) -> None:
        """Ask it to end, and do not wait."""
        if not self.has_ended():
            self.process.send_signal(self.program.stop_signal)

    def end(self) -> None:
        """Wait until it has ended; insist when its time is over."""
        if not wait_for(self.has_ended, self.program.stop_seconds):
            self.process.send_signal(signal.SIGQUIT)
            wait_for(self.has_ended, GRACE_AFTER_QUIT_SECONDS)
        # What it started itself ends with it.
        kill_group(self.pid)
        self.process.wait()


def start(program: Program) -> Child:
    """Start a program; `Trouble` when the file cannot be run."""
    parent = os.getpid()
    death_signal = int(program.stop_signal)

    def before_exec() -> None:
        # After the change of user, which would clear it; then close the race with our own end.
        _libc.prctl(PR_SET_PDEATHSIG, death_signal, 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)

    with contextlib.ExitStack() as opened:
        output = None
        if program.log is not None:
            program.log.parent.mkdir(parents=True, exist_ok=True)
            output = opened.enter_context(program.log.open("ab"))
        try:
            process = _opened(program, output, before_exec)
        except OSError as error:
            raise Trouble("child.cannot_start", name=program.name, why=str(error)) from error
    return Child(program, process)


def _opened(
    program: Program, output: IO[bytes] | None, before_exec: Callable[[], None]
) -> subprocess.Popen[bytes]:
    user = program.user
    return subprocess.Popen(
        program.argv,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        cwd="/",
        env=dict(program.env),
        user=user.uid if user else None,
        group=user.gid if user else None,
        extra_groups=[] if user else None,
        pass_fds=program.fds,
        start_new_session=True,
        preexec_fn=before_exec,
    )


def wait_for(
    happened: Callable[[], bool], seconds: float, meanwhile: Callable[[], None] | None = None
) -> bool:
    """Whether it happened within so many seconds; `meanwhile` may end the wait by raising."""
    until = time.monotonic() + seconds
    while not happened():
        if meanwhile is not None:
            meanwhile()
        if time.monotonic() >= until:
            return False
        time.sleep(POLL_SECONDS)
    return True


def kill_group(pid: int) -> None:
    """Kill what is left of a child's process group, if anything is."""
    try:
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


def tail(log: Path | None, lines: int = LOG_TAIL_LINES) -> str:
    """The last lines of a log, for a person who must learn why its program ended."""
    if log is None:
        return ""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - 8192))
            text = file.read().decode("utf-8", "replace")
    except OSError:
        return ""
    return "\n".join(text.splitlines()[-lines:])
