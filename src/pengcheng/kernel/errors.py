"""The four things that can go wrong, and no others.

`Refusal`: the asker can put it right. `Conflict`: someone was faster. `Absent`: no such record,
or none that the asker may know of (the two are never told apart). `Trouble`: the world failed and
a retry may help. A fault of our own is raised by `ensure` and crashes the request.

Code raises facts; the sentence that a person reads is looked up by code in `words`.
"""

from collections.abc import Iterable, Mapping
from typing import Any, NoReturn

import msgspec


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """One thing wrong with one field of an input.

    `path` is a JSON pointer ("/body", "/photos/0"), "" for the whole. `code` is looked up in
    `words` as `fault.<code>`; `facts` fill its sentence.
    """

    path: str
    code: str
    facts: Mapping[str, Any] = msgspec.field(default_factory=dict)


class PengchengError(Exception):
    """What every refusal, conflict, absence and trouble has: a code and the facts of it."""

    status = 500

    def __init__(self, code: str, /, **facts: Any) -> None:
        super().__init__(code, facts)
        self.code = code
        self.facts = facts

    def __str__(self) -> str:
        told = ", ".join(f"{name}={value!r}" for name, value in self.facts.items())
        return f"{self.code} ({told})" if told else self.code


class Refusal(PengchengError):
    """The asker can put it right. Nothing was changed."""

    status = 422

    def __init__(self, code: str, /, *, faults: Iterable[Fault] = (), **facts: Any) -> None:
        super().__init__(code, **facts)
        self.faults = tuple(faults)


class Unauthenticated(Refusal):
    """The asker has not said who they are, or what they showed is not valid (401)."""

    status = 401


class Forbidden(Refusal):
    """The asker may know of the record but may not do this with it (403)."""

    status = 403


class TooLarge(Refusal):
    """More was sent than a named limit allows (413)."""

    status = 413


class WrongMediaType(Refusal):
    """What was sent is in a format that is not taken here (415)."""

    status = 415


class TooSlow(Refusal):
    """What was announced did not come within a named time (408)."""

    status = 408


class TooMany(Refusal):
    """Asked more often than a named limit allows (429)."""

    status = 429


class Conflict(PengchengError):
    """Someone was faster: read the newer version and decide again."""

    status = 409


class Absent(PengchengError):
    """No such record, or none that the asker may know of."""

    status = 404


class Trouble(PengchengError):
    """The world failed (database, bus, disk, a remote service); the same call may succeed later."""

    status = 503


def invalid(*faults: Fault) -> Refusal:
    """A refusal that carries every fault of an input."""
    return Refusal("input.invalid", faults=faults)


def ensure(holds: object, message: str) -> None:
    """Crash when an invariant of our own does not hold; not removed by `-O`."""
    if not holds:
        unreachable(message)


def unreachable(message: str) -> NoReturn:
    """A place that our own logic says cannot be reached."""
    raise AssertionError(message)
