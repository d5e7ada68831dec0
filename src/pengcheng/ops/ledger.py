"""Which processes a data folder's city has started, so that the next start can clear leftovers.

A process is known by number, start time and boot, never by number alone: numbers are used again.
"""

import os
import signal
from pathlib import Path

import msgspec

from pengcheng.kernel.errors import Trouble
from pengcheng.ops.children import wait_for
from pengcheng.ops.written import replace

ASK_SECONDS = 20.0
QUIT_SECONDS = 5.0
KILL_SECONDS = 5.0
START_TIME_FIELD = 19  # of /proc/PID/stat, counted after the name in brackets (proc(5), field 22)


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One child as it was when it was started."""

    name: str
    pid: int
    start_ticks: int
    boot: str
    stop_signal: int


class Ledger:
    """The file `run/children.json`; written anew at each start and end of a child."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._entries: dict[int, Entry] = {}

    def add(self, name: str, pid: int, stop_signal: int) -> None:
        """Remember a child that was just started."""
        self._entries[pid] = entry(name, pid, stop_signal)
        self._write()

    def remove(self, pid: int) -> None:
        """Forget a child that has ended."""
        if self._entries.pop(pid, None) is not None:
            self._write()

    def _write(self) -> None:
        replace(self._path, msgspec.json.encode(list(self._entries.values())))


def entry(name: str, pid: int, stop_signal: int) -> Entry:
    """A process that runs now."""
    return Entry(
        name=name,
        pid=pid,
        start_ticks=start_ticks(pid) or 0,
        boot=boot(),
        stop_signal=stop_signal,
    )


def leftovers(path: Path) -> list[Entry]:
    """The children of an earlier start that still run."""
    try:
        entries = msgspec.json.decode(path.read_bytes(), type=list[Entry])
    except (OSError, msgspec.MsgspecError):
        return []
    return [entry for entry in entries if is_running(entry)]


def clear(entries: list[Entry]) -> None:
    """End leftovers: ask, then insist, then kill; `Trouble` when one stays."""
    steps = [(0, ASK_SECONDS), (signal.SIGQUIT, QUIT_SECONDS), (signal.SIGKILL, KILL_SECONDS)]
    for number, seconds in steps:
        for entry in filter(is_running, entries):
            _signal(entry.pid, number or entry.stop_signal)
        if wait_for(lambda: not any(map(is_running, entries)), seconds):
            return
    names = ", ".join(f"{entry.name} ({entry.pid})" for entry in entries if is_running(entry))
    raise Trouble("city.leftovers", names=names)


def is_running(entry: Entry) -> bool:
    """Whether this very process, and not a later one of the same number, still runs."""
    return entry.boot == boot() and start_ticks(entry.pid) == entry.start_ticks


def start_ticks(pid: int) -> int | None:
    """When a process was started, in the kernel's ticks; None when it is gone or only a zombie."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    fields = text.rpartition(")")[2].split()
    return None if fields[0] in "ZX" else int(fields[START_TIME_FIELD])


def boot() -> str:
    """The kernel's name for this run of the machine."""
    return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()


def _signal(pid: int, number: int) -> None:
    try:
        os.kill(pid, number)
    except (ProcessLookupError, PermissionError):
        return
