"""What is wrong with a pack: a place in a file, what is allowed there, and the nearest name."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import msgspec

from pengcheng.kernel.errors import Fault, Refusal
from pengcheng.kernel.words import Language
from pengcheng.pack.fault_words import ALLOWED, MORE, NEAREST, WORDS

ALLOWED_SHOWN_MAX = 12
NEAR_MIN = 0.65
UNREAD = frozenset({"file.link", "file.not_text", "file.too_large", "shape.root", "yaml.syntax"})
"""With these nothing of a file is known, so nothing that it may declare can be called unknown."""
FOLLOWING = frozenset({"csv.column", "name.unknown"})
DECLARING_NOTHING = ("/sample/", "/stories/")


class PackFault(msgspec.Struct, frozen=True, kw_only=True):
    """One fault of a pack. `line` counts from 1; `file` is relative to the packs' parent."""

    file: str
    line: int
    code: str
    facts: Mapping[str, Any] = msgspec.field(default_factory=dict)
    allowed: tuple[str, ...] = ()
    nearest: str | None = None

    def text(self, language: Language = "en") -> str:
        """`file:line: what is wrong; what is allowed; the nearest name`."""
        parts = [WORDS[self.code].fill(language, self.facts)]
        if self.allowed:
            parts.append(ALLOWED.in_(language) + _listed(self.allowed, language))
        if self.nearest:
            parts.append(NEAREST.fill(language, {"nearest": self.nearest}))
        return f"{self.file}:{self.line}: " + ("；" if language == "zh" else "; ").join(parts)


class Faults:
    """The faults of one loading, in the order of files and lines."""

    def __init__(self) -> None:
        self._found: list[PackFault] = []
        self._unsound: set[str] = set()

    def add(
        self,
        at: tuple[str, int],
        code: str,
        *,
        given: str | None = None,
        allowed: Iterable[str] = (),
        **facts: Any,
    ) -> None:
        """Note a fault; `given` is looked up among `allowed` for the nearest name."""
        choices = tuple(allowed)
        facts = {**facts, "given": given} if given is not None else facts
        self._found.append(
            PackFault(
                file=at[0],
                line=at[1],
                code=code,
                facts=facts,
                allowed=choices,
                nearest=nearest(given, choices) if given else None,
            )
        )

    def unsound(self, name: str) -> None:
        """Note a name whose declaration has faults: where it is used, it is not unknown as well."""
        self._unsound.add(name)

    def extend(self, found: Iterable[PackFault]) -> None:
        self._found.extend(found)

    @property
    def found(self) -> tuple[PackFault, ...]:
        """Without those that only follow from another: an author mends the cause, not its echo."""
        is_unread = any(
            one.code in UNREAD and not any(part in one.file for part in DECLARING_NOTHING)
            for one in self._found
        )
        told = [
            one
            for one in self._found
            if one.code not in FOLLOWING
            or not (is_unread or one.facts.get("given") in self._unsound)
        ]
        return tuple(sorted(set_of(told), key=lambda one: (one.file, one.line)))

    def __bool__(self) -> bool:
        return bool(self._found)


def set_of(found: Iterable[PackFault]) -> list[PackFault]:
    """The faults without repetition, in their order."""
    by_text: dict[str, PackFault] = {}
    for fault in found:
        by_text.setdefault(fault.text("en"), fault)
    return list(by_text.values())


def nearest(given: str, allowed: Iterable[str]) -> str | None:
    """The allowed name that looks most like what was written, if one does."""
    found = get_close_matches(given, list(allowed), n=1, cutoff=NEAR_MIN)
    return found[0] if found else None


def refusal(found: Iterable[PackFault]) -> Refusal:
    """A refusal that carries every fault; each path is `file:line`."""
    faults = [
        Fault(
            path=f"{fault.file}:{fault.line}",
            code=f"pack.{fault.code}",
            facts={"zh": fault.text("zh"), "en": fault.text("en"), **fault.facts},
        )
        for fault in found
    ]
    return Refusal("pack.invalid", faults=faults, count=len(faults))


def shown(file: Path, folder: Path) -> str:
    """The path of a file as an author reads it: the pack's folder, then the file in it."""
    return f"{folder.name}/{file.relative_to(folder).as_posix()}"


def _listed(allowed: tuple[str, ...], language: Language) -> str:
    first = ", ".join(allowed[:ALLOWED_SHOWN_MAX])
    rest = len(allowed) - ALLOWED_SHOWN_MAX
    return first + (MORE.fill(language, {"rest": rest}) if rest > 0 else "")
