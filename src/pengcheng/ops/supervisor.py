"""Keeps the processes of one city alive, and ends them in order.

A process that ends is started again, after a wait that doubles each time and is forgotten once it
has lived a minute. Ending goes against the order of starting: first the web processes and workers,
then NATS, at last PostgreSQL, so that no request is cut off from its database.
"""

import os
import select
import signal
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType

from pengcheng.kernel.errors import Trouble
from pengcheng.ops import children
from pengcheng.ops.children import Child, Program
from pengcheng.ops.ledger import Ledger

WAIT_FIRST_SECONDS = 0.25
WAIT_LONGEST_SECONDS = 30.0
SETTLED_SECONDS = 60.0
ROUND_SECONDS = 30.0
READY_SECONDS = 90.0
LOG_BYTES_MAX = 64 * 1024 * 1024
WAKES_BYTES = 512
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopped(Exception):
    """Someone asked the city to end; not an error, and nothing but `up` catches it."""


class _Post:
    """One place among the processes: what runs there, and when it may be started again."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.child: Child | None = None
        self.falls = 0
        self.next_start = 0.0


class Supervisor:
    """The processes of one city. Used by one thread, because a child dies with its thread."""

    def __init__(self, ledger: Ledger, say: Callable[[str], None]) -> None:
        self._ledger = ledger
        self._say = say
        self._posts: list[_Post] = []
        self._wakes, self._wake = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._is_asked = False

    def listen(self) -> None:
        """From now on a signal only asks for the end; every wait below then raises `Stopped`."""
        signal.set_wakeup_fd(self._wake, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, _nothing)
        for number in ENDING:
            signal.signal(number, self._asked)

    def start(self, program: Program, is_ready: Callable[[int], bool] | None = None) -> None:
        """Start a process and wait until it is ready; `Trouble` with its last words if not."""
        post = _Post(program)
        self._posts.append(post)
        child = self._start(post)
        if is_ready is not None:
            self.wait(lambda: child.has_ended() or is_ready(child.pid), program)
            self.check()

    def run(self, program: Program) -> int:
        """Run a process to its end; its exit code."""
        child = children.start(program)
        self._ledger.add(program.name, child.pid, int(program.stop_signal))
        try:
            while not children.wait_for(child.has_ended, ROUND_SECONDS, self._refuse_if_asked):
                self.check()
        finally:
            child.ask()
            child.end()
            self._ledger.remove(child.pid)
        return int(child.process.returncode)

    def wait(self, happened: Callable[[], bool], program: Program) -> None:
        """Wait for something a process does; `Trouble` when it takes too long."""
        if not children.wait_for(happened, READY_SECONDS, self._refuse_if_asked):
            raise Trouble(
                "child.slow",
                name=program.name,
                seconds=int(READY_SECONDS),
                log=str(program.log),
                tail=children.tail(program.log),
            )

    def check(self) -> None:
        """`Trouble` with its last words when a process has ended before the city was ready."""
        for post in self._posts:
            if post.child is not None and post.child.has_ended():
                raise Trouble(
                    "child.ended",
                    name=post.program.name,
                    exit_code=post.child.process.returncode,
                    log=str(post.program.log),
                    tail=children.tail(post.program.log),
                )

    def watch(self) -> None:
        """Start again what ends, until someone asks for the end."""
        while not self._is_asked:
            now = time.monotonic()
            for post in self._posts:
                self._mend(post, now)
                _shorten(post.program.log)
            waits = [post.next_start - now for post in self._posts if post.child is None]
            self._sleep(max(0.0, min([ROUND_SECONDS, *waits])))

    def end(self) -> None:
        """End every process, those first on whom nothing depends; nothing interrupts it."""
        running = [post.child for post in reversed(self._posts) if post.child is not None]
        dependent = [child for child in running if not child.program.is_server]
        for child in dependent:
            child.ask()
        for child in dependent:
            self._end(child)
        for child in (child for child in running if child.program.is_server):
            child.ask()
            self._end(child)

    def _end(self, child: Child) -> None:
        child.end()
        self._ledger.remove(child.pid)

    def _start(self, post: _Post) -> Child:
        child = children.start(post.program)
        post.child = child
        self._ledger.add(post.program.name, child.pid, int(post.program.stop_signal))
        return child

    def _mend(self, post: _Post, now: float) -> None:
        child = post.child
        if child is not None and child.has_ended():
            children.kill_group(child.pid)
            self._ledger.remove(child.pid)
            post.falls = 0 if child.lived_seconds() > SETTLED_SECONDS else post.falls + 1
            wait = min(WAIT_FIRST_SECONDS * 2**post.falls, WAIT_LONGEST_SECONDS)
            post.next_start, post.child = now + wait, None
            name, code = post.program.name, child.process.returncode
            self._say(f"{name} 已退出（{code}），{wait:g} 秒后重启  ended, again in {wait:g} s")
        if post.child is None and now >= post.next_start:
            self._start(post)

    def _sleep(self, seconds: float) -> None:
        if select.select([self._wakes], [], [], seconds)[0]:
            os.read(self._wakes, WAKES_BYTES)

    def _refuse_if_asked(self) -> None:
        if self._is_asked:
            raise Stopped

    def _asked(self, _number: int, _frame: FrameType | None) -> None:
        self._is_asked = True


def _nothing(_number: int, _frame: FrameType | None) -> None:
    """Being called wakes the supervisor; what ended is found by asking each child."""


def _shorten(log: Path | None) -> None:
    """Move a log that has grown too long aside; its writers append, so they need not know."""
    try:
        if log is not None and log.stat().st_size > LOG_BYTES_MAX:
            log.with_suffix(".log.1").write_bytes(log.read_bytes())
            os.truncate(log, 0)
    except OSError:
        return
