"""Where a parser stands in its text, and which names it knows there.

FEEL names may hold spaces and signs (`date and time`, `Date-Time2`), so what a run of tokens
means depends on the names in scope: the longest known name wins (DMN 1.5 §10.3.1.3).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import NoReturn

from pengcheng.engines.feel.lexer import Token, tokens
from pengcheng.engines.feel.values import NESTING_MAX
from pengcheng.kernel.errors import Fault, Refusal

_LOOP_WORDS = ("for", "in", "return", "some", "every", "satisfies", "if", "then", "else")
KEYWORDS = frozenset({*_LOOP_WORDS, "and", "or", "between", "instance", "of", "function"})
# Words that can begin no operand; `function`, `if` and the like begin forms of their own.
_NEVER_NAMES = KEYWORDS - {"for", "if", "some", "every", "function"}
_NAME_SIGNS = frozenset(".+-*/'")
TEXT_SIZE_MAX = 50_000
# Some passages are read twice before they are understood; this bounds how often in all.
WORK_MAX = 200_000

Shape = tuple[tuple[str, bool], ...]


@lru_cache(maxsize=65536)
def shape_of(name: str) -> Shape:
    """The tokens of a name, each with whether space stands before it."""
    found = tokens(name)[:-1]
    return tuple((token.text, token.spaced and index > 0) for index, token in enumerate(found))


class Names:
    """Names that are more than one token, found by their first."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._by_first: dict[str, list[tuple[Shape, str]]] = {}
        for name in names:
            self.add(name)

    def add(self, name: str) -> None:
        """Know one more name."""
        shape = shape_of(name)
        if len(shape) < 2:
            return
        known = self._by_first.setdefault(shape[0][0], [])
        if (shape, name) not in known:
            known.append((shape, name))
            known.sort(key=lambda pair: -len(pair[0]))

    def match(self, line: list[Token], at: int) -> tuple[str, int] | None:
        """The longest name that begins at a token, and how many tokens it takes."""
        for shape, name in self._by_first.get(line[at].text, ()):
            if len(shape) <= len(line) - at and all(
                line[at + step].text == text and (step == 0 or line[at + step].spaced == spaced)
                for step, (text, spaced) in enumerate(shape)
            ):
                return name, len(shape)
        return None


@lru_cache(maxsize=512)
def names_of(names: frozenset[str]) -> Names:
    """The same set of names made ready once; it must not be added to."""
    return Names(names)


class Cursor:
    """Reads tokens one after another; refuses at the first that does not belong."""

    def __init__(
        self, text: str, scope: Sequence[Names], members: Sequence[Names], *, strict: bool
    ) -> None:
        if len(text) > TEXT_SIZE_MAX:
            raise Refusal("feel.too_long", limit=TEXT_SIZE_MAX, size=len(text))
        self.text = text
        self.line = tokens(text)
        self.index = 0
        self.strict = strict
        self._scopes: list[Names] = [*scope, Names()]
        self._new_members = Names()
        self._members = [*members, self._new_members]
        self._depth = 0
        self._work = 0

    @property
    def token(self) -> Token:
        """The token that comes next."""
        return self.line[self.index]

    def ahead(self, steps: int = 1) -> Token:
        """A later token."""
        return self.line[min(self.index + steps, len(self.line) - 1)]

    def sees(self, *texts: str) -> bool:
        """Whether one of these signs or words comes next."""
        token = self.token
        return token.kind in ("sign", "name") and token.text in texts

    def takes(self, *texts: str) -> bool:
        """Move past one of these signs or words when it comes next."""
        if self.sees(*texts):
            self.index += 1
            return True
        return False

    def expects(self, text: str) -> None:
        """Move past this sign or word; refuse anything else."""
        if not self.takes(text):
            self.refuse("feel.expected", expected=text)

    def refuse(self, code: str, **facts: object) -> NoReturn:
        """Refuse the text at the present token."""
        raise Refusal("feel.invalid", faults=[self.fault(code, self.token.start, **facts)])

    def fault(self, code: str, at: int, **facts: object) -> Fault:
        """A fault of this text with its place: position, line and column."""
        line = self.text.count("\n", 0, at) + 1
        column = at - (self.text.rfind("\n", 0, at) + 1) + 1
        place: Mapping[str, object] = {"position": at, "line": line, "column": column}
        found = self._found(at)
        is_ended = code == "feel.expected" and not found
        told = {**place, "found": found, **facts}
        return Fault(path="", code="feel.ended" if is_ended else code, facts=told)

    def _found(self, at: int) -> str:
        return next((token.text for token in self.line if token.start >= at), "")[:40]

    @contextmanager
    def deeper(self) -> Iterator[None]:
        """One level of nesting; refuses past the limit."""
        self._depth += 1
        self._work += 1
        if self._work > WORK_MAX:
            self.refuse("feel.too_long", limit=WORK_MAX)
        if self._depth > NESTING_MAX:
            self.refuse("feel.nested_too_deep", limit=NESTING_MAX)
        yield
        self._depth -= 1

    @contextmanager
    def scope(self, names: Iterable[str]) -> Iterator[None]:
        """Names that are known inside only."""
        self._scopes.append(Names(names))
        yield
        self._scopes.pop()

    def know(self, name: str) -> None:
        """A name that is known from here to the end of the innermost scope, and as a member."""
        self._scopes[-1].add(name)
        self._new_members.add(name)

    @contextmanager
    def members_in_scope(self) -> Iterator[None]:
        """Inside a filter, every known member may be named as if it were a variable."""
        before = len(self._scopes)
        self._scopes += self._members
        yield
        del self._scopes[before:]

    def state(self) -> tuple[int, int, int]:
        """What `back_to` needs to read a passage again."""
        return self.index, self._depth, len(self._scopes)

    def back_to(self, state: tuple[int, int, int]) -> None:
        """Go back to an earlier state."""
        self.index, self._depth, scopes = state
        del self._scopes[scopes:]

    def variable(self) -> str | None:
        """The longest known name here, or one plain word; null when no name begins here."""
        token = self.token
        if token.kind == "end":
            return None
        known = self._known(self._scopes)
        if known is not None:
            return known
        if token.kind != "name" or token.text in _NEVER_NAMES:
            return None
        self.index += 1
        return token.text if self.strict else self._joined(token)

    def _known(self, where: Iterable[Names]) -> str | None:
        """The longest name of several tokens here."""
        found = [names.match(self.line, self.index) for names in where]
        best = max((match for match in found if match), key=lambda match: match[1], default=None)
        if best is None:
            return None
        self.index += best[1]
        return best[0]

    def begins_known_name(self) -> bool:
        """Whether a known name of several tokens begins here."""
        return any(names.match(self.line, self.index) for names in self._scopes)

    def _joined(self, token: Token) -> str:
        """With no declared names, words that follow each other are one name."""
        words = [token.text]
        while self.token.kind == "name" and self.token.text not in KEYWORDS:
            words.append(self.token.text)
            self.index += 1
        return " ".join(words)

    def type_name(self, names: Iterable[str]) -> str | None:
        """The longest of these names here; null when none begins here."""
        known = frozenset(names)
        match = Names(known).match(self.line, self.index)
        if match is not None:
            self.index += match[1]
            return match[0]
        if self.token.text in known:
            self.index += 1
            return self.line[self.index - 1].text
        return None

    def member(self) -> str:
        """The name after a dot."""
        known = self._known(self._members)
        if known is not None:
            return known
        if self.token.kind != "name":
            self.refuse("feel.expected", expected="name")
        self.index += 1
        return self.line[self.index - 1].text

    def label(self, *stops: str) -> str | None:
        """A new name up to one of the stops (not taken); null when there is none."""
        end = self.index
        while self._may_label(self.line[end]) and self.line[end].text not in stops:
            end += 1
        closed = self.line[end].kind in ("sign", "name") and self.line[end].text in stops
        if end == self.index or not closed:
            return None
        text = self.text[self.token.start : self.line[end - 1].end]
        self.index = end
        return " ".join(text.split())

    def _may_label(self, token: Token) -> bool:
        if token.kind == "sign":
            return token.text in _NAME_SIGNS
        return token.kind in ("name", "number") or token.text == "'"
