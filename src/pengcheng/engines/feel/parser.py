"""Text to syntax tree: expressions and unary tests of FEEL (grammar of DMN 1.5 §10.3.1.2)."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal

from pengcheng.engines.feel import tree
from pengcheng.engines.feel.cursor import Names
from pengcheng.engines.feel.forms import Forms
from pengcheng.engines.feel.lexer import unquoted
from pengcheng.engines.feel.temporal import parse_temporal
from pengcheng.engines.feel.types import Type
from pengcheng.engines.feel.values import number
from pengcheng.kernel.errors import Refusal

INPUT = "?"
CHAIN_MAX = 250
_COMPARISONS = ("=", "!=", "<", "<=", ">", ">=")
_WORDS = {"true": True, "false": False, "null": None}


class Parser(Forms):
    """Reads one text. Each method reads one level of the grammar and leaves the rest."""

    def __init__(
        self,
        text: str,
        *,
        scope: Sequence[Names] = (),
        members: Sequence[Names] = (),
        types: Mapping[str, Type] | None = None,
        strict: bool = True,
    ) -> None:
        super().__init__(text, scope, members, strict=strict)
        self.named_types = dict(types or {})
        self._range_ends = 0

    def whole(self, part: Callable[[], tree.Node]) -> tree.Node:
        """What `part` reads, being all of the text."""
        node = part()
        if self.token.kind != "end":
            self.refuse("feel.unexpected")
        return node

    def unary_tests(self) -> tree.Tests:
        """The tests of a decision table's cell."""
        if self.sees("-") and self.ahead().kind == "end":
            self.index += 1
            return tree.Tests(tests=())
        state = self.state()
        if self.takes("not") and self.takes("("):
            negated = self._attempt(self._negated)
            if isinstance(negated, tree.Tests):
                return negated
        self.back_to(state)
        return tree.Tests(tests=self._tests())

    def _negated(self) -> tree.Tests:
        tests = self._tests()
        self.expects(")")
        if self.token.kind != "end":
            self.refuse("feel.unexpected")
        return tree.Tests(tests=tests, negated=True)

    def _tests(self) -> tuple[tree.Node, ...]:
        found = [self._test()]
        while self.takes(","):
            found.append(self._test())
        return tuple(found)

    def _test(self) -> tree.Node:
        return self._limit() if self.sees(*_COMPARISONS) else self.expression()

    def _limit(self) -> tree.Node:
        token = self.token
        self.index += 1
        return tree.Limit(sign=token.text, value=self._sum(), at=token.start)

    def _attempt(self, part: Callable[[], tree.Node]) -> tree.Node | None:
        """What `part` reads, or null and back where it began when that is not there."""
        state = self.state()
        try:
            return part()
        except Refusal:
            self.back_to(state)
            return None

    def expression(self) -> tree.Node:
        with self.deeper():
            return self._junction(every=False)

    def chain(self) -> Iterator[int]:
        """The links of a chain of operators; refuses one that is too long."""
        yield from range(CHAIN_MAX)
        self.refuse("feel.too_long", limit=CHAIN_MAX)

    def _junction(self, *, every: bool) -> tree.Node:
        at = self.token.start
        operand = self._comparison if every else self._conjunction
        operands = [operand()]
        while self.takes("and" if every else "or"):
            operands.append(operand())
        if len(operands) == 1:
            return operands[0]
        return tree.Junction(every=every, operands=tuple(operands), at=at)

    def _conjunction(self) -> tree.Node:
        return self._junction(every=True)

    def _comparison(self) -> tree.Node:
        left = self._sum()
        for _ in self.chain():
            token = self.token
            if self.takes(*_COMPARISONS):
                left = tree.Comparison(
                    sign=token.text, left=left, right=self._sum(), at=token.start
                )
            elif self.takes("between"):
                low = self._sum()
                self.expects("and")
                left = tree.Between(value=left, low=low, high=self._sum(), at=token.start)
            elif self.takes("in"):
                left = tree.In(value=left, tests=self._in_tests(), at=token.start)
            elif self.sees("instance") and self.ahead().text == "of":
                self.index += 2
                left = tree.InstanceOf(value=left, type=self.type(), at=token.start)
            else:
                return left
        return left

    def _in_tests(self) -> tree.Tests:
        if self.sees("("):
            tests = self._attempt(self._bracketed_tests)
            if isinstance(tests, tree.Tests) and not self.sees(".", "[", "(", "+", "-", "*", "/"):
                return tests
        return tree.Tests(tests=(self._limit() if self.sees(*_COMPARISONS) else self._sum(),))

    def _bracketed_tests(self) -> tree.Node:
        state = self.state()
        self.expects("(")
        tests = self._tests()
        if not self.takes(")"):
            self.refuse("feel.expected", expected=")")
        if self.sees(".", "[", "(", "+", "-", "*", "/"):
            self.back_to(state)
            self.refuse("feel.unexpected")
        return tree.Tests(tests=tests)

    def _sum(self) -> tree.Node:
        return self._chain(self._product, ("+", "-"))

    def _product(self) -> tree.Node:
        return self._chain(self._power, ("*", "/"))

    def _power(self) -> tree.Node:
        return self._chain(self._negative, ("**",))

    def _chain(self, operand: Callable[[], tree.Node], signs: tuple[str, ...]) -> tree.Node:
        left = operand()
        for _ in self.chain():
            token = self.token
            if not self.takes(*signs):
                return left
            left = tree.Arithmetic(sign=token.text, left=left, right=operand(), at=token.start)
        return left

    def _negative(self) -> tree.Node:
        at = self.token.start
        if not self.takes("-"):
            return self._postfix()
        with self.deeper():
            operand = self._negative()
        if isinstance(operand, tree.Literal) and isinstance(operand.value, Decimal):
            return tree.Literal(value=operand.value.copy_negate(), at=at)
        return tree.Negative(operand=operand, at=at)

    def _postfix(self) -> tree.Node:
        node = self._primary()
        for _ in self.chain():
            at = self.token.start
            if self.takes("."):
                node = tree.Path(source=node, name=self.member(), at=at)
            elif self.sees("["):
                condition = self._filter()
                if condition is None:
                    return node
                node = tree.Filter(source=node, condition=condition, at=at)
            elif self.takes("("):
                node = self._call(node, at)
            else:
                return node
        return node

    def _filter(self) -> tree.Node | None:
        """A filter; at the end of a range, `[` may also close it, being open there."""
        if self._range_ends:
            return self._attempt(self._bracketed_filter)
        return self._bracketed_filter()

    def _bracketed_filter(self) -> tree.Node:
        self.expects("[")
        ends, self._range_ends = self._range_ends, 0
        with self.members_in_scope(), self.scope(["item"]):
            condition = self._test()
        self._range_ends = ends
        self.expects("]")
        return condition

    def _call(self, function: tree.Node, at: int) -> tree.Node:
        arguments: list[tree.Node] = []
        names: list[str] = []
        ends, self._range_ends = self._range_ends, 0
        while not self.takes(")"):
            name = self.label(":")
            if name is not None:
                self.expects(":")
                names.append(name)
            arguments.append(self.expression())
            if not self.sees(")"):
                self.expects(",")
        self._range_ends = ends
        if names and len(names) != len(arguments):
            self.refuse("feel.mixed_arguments")
        return tree.Call(
            function=function, arguments=tuple(arguments), names=tuple(names) or None, at=at
        )

    def _primary(self) -> tree.Node:
        token = self.token
        literal = self._literal()
        if literal is not None:
            return literal
        if token.kind == "sign":
            return self._bracketed()
        form = self._form()
        if form is not None:
            return form
        name = self.variable()
        if name is None:
            self.refuse("feel.expected", expected="expression")
        if name in _WORDS:
            return tree.Literal(value=_WORDS[name], at=token.start)
        return tree.Name(name=name, at=token.start)

    def _literal(self) -> tree.Node | None:
        token = self.token
        match token.kind:
            case "number":
                value: object = number(Decimal(token.text))
            case "string":
                value = unquoted(token.text)
            case "at":
                value = parse_temporal(unquoted(token.text))
                if value is None:
                    self.refuse("feel.not_a_date_or_time")
            case _:
                return None
        self.index += 1
        return tree.Literal(value=value, at=token.start)

    def _form(self) -> tree.Node | None:
        token = self.token
        if token.kind == "name" and self.begins_known_name():
            return None
        if token.text == "function" and self.ahead().text != "(":
            return None
        if self.takes("if"):
            return self.conditional()
        if self.takes("for"):
            return self.loop()
        if self.takes("some", "every"):
            return self.quantified(every=token.text == "every")
        return self.function() if self.takes("function") else None

    def _bracketed(self) -> tree.Node:
        token = self.token
        with self.deeper():
            if self.takes("{"):
                ends, self._range_ends = self._range_ends, 0
                context = self.context()
                self._range_ends = ends
                return context
            if self.takes("("):
                return self._round(token.start)
            if self.takes("["):
                return self._square(token.start)
            if not self.takes("]"):
                self.refuse("feel.expected", expected="expression")
            start = self._sum()
            return self._range(start, token.start, included=False)

    def _round(self, at: int) -> tree.Node:
        """A range open at its start, or an expression in brackets."""
        ends, self._range_ends = self._range_ends, 0
        inner = self._test()
        self._range_ends = ends
        if self.sees(".."):
            return self._range(inner, at, included=False)
        self.expects(")")
        return inner

    def _square(self, at: int) -> tree.Node:
        """A range closed at its start, or a list."""
        items: list[tree.Node] = []
        ends, self._range_ends = self._range_ends, 0
        while not self.takes("]"):
            items.append(self._test())
            if len(items) == 1 and self.sees(".."):
                self._range_ends = ends
                return self._range(items[0], at, included=True)
            if not self.sees("]"):
                self.expects(",")
        self._range_ends = ends
        return tree.ListLiteral(items=tuple(items), at=at)

    def _range(self, start: tree.Node, at: int, *, included: bool) -> tree.Node:
        self.expects("..")
        self._range_ends += 1
        end = self._sum()
        self._range_ends -= 1
        if not self.sees("]", ")", "["):
            self.refuse("feel.expected", expected="]")
        end_included = self.token.text == "]"
        self.index += 1
        return tree.RangeLiteral(
            start=start, end=end, start_included=included, end_included=end_included, at=at
        )
