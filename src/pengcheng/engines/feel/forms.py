"""The forms that begin with a word or a bracket: `if`, `for`, `function`, contexts, types."""

from pengcheng.engines.feel import tree
from pengcheng.engines.feel.cursor import Cursor, Names
from pengcheng.engines.feel.lexer import unquoted
from pengcheng.engines.feel.types import ANY, ContextOf, FunctionOf, ListOf, RangeOf, Type, simple
from pengcheng.kernel.errors import unreachable

PARTIAL = "partial"
_LONG_TYPES = (
    ("years", "and", "months", "duration"),
    ("days", "and", "time", "duration"),
    ("date", "and", "time"),
)


class Forms(Cursor):
    """Parses what has a form of its own; `expression` comes from the parser above it."""

    named_types: dict[str, Type]

    def expression(self) -> tree.Node:
        """Any expression."""
        unreachable("the parser above reads expressions")

    def conditional(self) -> tree.Node:
        """`if condition then first else second`, past the `if`."""
        at = self.token.start
        condition = self.expression()
        self.expects("then")
        first = self.expression()
        self.expects("else")
        return tree.If(condition=condition, first=first, second=self.expression(), at=at)

    def loop(self) -> tree.Node:
        """`for iterators return body`, past the `for`."""
        at = self.token.start
        state = len(self._scopes)
        iterators = self._iterators()
        self.expects("return")
        with self.scope([PARTIAL]):
            body = self.expression()
        del self._scopes[state:]
        return tree.For(iterators=iterators, body=body, at=at)

    def quantified(self, *, every: bool) -> tree.Node:
        """`some` or `every`, past the word."""
        at = self.token.start
        state = len(self._scopes)
        iterators = self._iterators()
        self.expects("satisfies")
        body = self.expression()
        del self._scopes[state:]
        return tree.Quantified(every=every, iterators=iterators, body=body, at=at)

    def _iterators(self) -> tuple[tree.Iterator, ...]:
        found: list[tree.Iterator] = []
        while True:
            at = self.token.start
            name = self.label("in")
            if name is None:
                self.refuse("feel.expected", expected="name in")
            self.expects("in")
            start = self.expression()
            end = self.expression() if self.takes("..") else None
            found.append(tree.Iterator(name=name, start=start, end=end, at=at))
            self._scopes.append(Names([name]))
            if not self.takes(","):
                return tuple(found)

    def function(self) -> tree.Node:
        """`function(parameters) body`, past the word."""
        at = self.token.start
        self.expects("(")
        parameters: list[tuple[str, Type]] = []
        while not self.takes(")"):
            name = self.label(":", ",", ")")
            if name is None:
                self.refuse("feel.expected", expected="parameter")
            kind = self.type() if self.takes(":") else ANY
            parameters.append((name, kind))
            if not self.sees(")"):
                self.expects(",")
        external = self.takes("external")
        with self.scope(name for name, _ in parameters):
            body = self.expression()
        return tree.FunctionLiteral(
            parameters=tuple(parameters), body=body, external=external, at=at
        )

    def context(self) -> tree.Node:
        """`{name: value, ...}`, past the brace."""
        at = self.token.start
        entries: list[tuple[str, tree.Node]] = []
        with self.scope(()):
            while not self.takes("}"):
                name = self._key()
                if any(name == known for known, _ in entries):
                    self.refuse("feel.repeated_key", key=name)
                self.expects(":")
                self._new_members.add(name)
                value = self.expression()
                self.know(name)
                entries.append((name, value))
                if not self.sees("}"):
                    self.expects(",")
        return tree.ContextLiteral(entries=tuple(entries), at=at)

    def _key(self) -> str:
        if self.token.kind == "string":
            self.index += 1
            return unquoted(self.line[self.index - 1].text)
        name = self.label(":")
        if name is None:
            self.refuse("feel.expected", expected="key")
        return name

    def type(self) -> Type:
        """A type as `instance of` and parameters name it."""
        with self.deeper():
            for words in _LONG_TYPES:
                if all(self.ahead(step).text == word for step, word in enumerate(words)):
                    self.index += len(words)
                    return simple(" ".join(words)) or ANY
            return self._declared_type() or self._compound_type()

    def _declared_type(self) -> Type | None:
        """A type that the model declares, which may shadow no built-in one."""
        name = self.type_name(self.named_types)
        return None if name is None else self.named_types[name]

    def _compound_type(self) -> Type:
        token = self.token
        if token.kind != "name":
            self.refuse("feel.expected", expected="type")
        self.index += 1
        if not self.sees("<") or token.text not in ("list", "range", "context", "function"):
            found = simple(token.text)
            if found is None:
                self.index -= 1
                self.refuse("feel.unknown_type", name=token.text)
            return found
        self.index += 1
        if token.text in ("list", "range"):
            item = self.type()
            self.expects(">")
            return ListOf(item) if token.text == "list" else RangeOf(item)
        return self._context_type() if token.text == "context" else self._function_type()

    def _context_type(self) -> Type:
        members: list[tuple[str, Type]] = []
        while not self.takes(">"):
            name = self.label(":")
            if name is None:
                self.refuse("feel.expected", expected="name")
            self.expects(":")
            members.append((name, self.type()))
            if not self.sees(">"):
                self.expects(",")
        return ContextOf(tuple(members))

    def _function_type(self) -> Type:
        parameters: list[Type] = []
        while not self.takes(">"):
            parameters.append(self.type())
            if not self.sees(">"):
                self.expects(",")
        self.expects("->")
        return FunctionOf(tuple(parameters), self.type())
