"""What the simulation remembers over a restart: what it sent, and how each author proves it.

Receipts are secrets of their cases: the file is its owner's only.
"""

from collections.abc import Iterator
from pathlib import Path

import msgspec

from pengcheng.ops.written import replace

FILE = "simulated-authors.json"
KNOWN_MAX = 3000


class Proof(msgspec.Struct, frozen=True):
    """How the author of a case proves it: an account's name, or a receipt code."""

    username: str = ""
    receipt: str = ""


class _Kept(msgspec.Struct):
    has_opened: bool = False
    sent: dict[str, Proof] = {}


class Memory:
    """The demands that wait for their authors, the newest `KNOWN_MAX`; written when they change."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        self._kept = self._read()
        self._is_changed = False

    def _read(self) -> _Kept:
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=_Kept)
        except (OSError, msgspec.MsgspecError):
            return _Kept()

    @property
    def has_opened(self) -> bool:
        """Whether the opening was played."""
        return self._kept.has_opened

    def opened(self) -> None:
        """The opening was played: it is not played again."""
        self._kept.has_opened, self._is_changed = True, True
        self.keep()

    def sent(self, code: str, proof: Proof) -> None:
        """Remember a demand and its author."""
        self._kept.sent[code] = proof
        while len(self._kept.sent) > KNOWN_MAX:
            del self._kept.sent[next(iter(self._kept.sent))]
        self._is_changed = True

    def forget(self, code: str) -> None:
        """Its author has said what there was to say."""
        if self._kept.sent.pop(code, None) is not None:
            self._is_changed = True

    def proof(self, code: str) -> Proof | None:
        """How the author of a demand that waits proves it."""
        return self._kept.sent.get(code)

    def waiting(self) -> Iterator[tuple[str, Proof]]:
        """Demands whose authors still wait."""
        return iter(list(self._kept.sent.items()))

    def keep(self) -> None:
        """Write what has changed."""
        if self._is_changed:
            replace(self._path, msgspec.json.encode(self._kept))
            self._is_changed = False
