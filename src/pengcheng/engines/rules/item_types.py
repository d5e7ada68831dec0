"""Item definitions into FEEL types, each resolved once; a type that holds itself ends in `Any`."""

from collections.abc import Mapping

from pengcheng.engines.feel import Run, Value, Vocabulary, attempt_unary_tests, nodes
from pengcheng.engines.rules.model import ItemDefinition
from pengcheng.kernel.errors import Fault


class ItemTypes:
    """The types that one model may name: its own, FEEL's, and those of its imports."""

    def __init__(
        self, items: tuple[ItemDefinition, ...], imported: Mapping[str, nodes.Type]
    ) -> None:
        self._items = {item.name: item for item in items}
        self._known: dict[str, nodes.Type] = {}
        self._open: set[str] = set()
        self._imported = imported
        self.faults: list[Fault] = []

    def all(self) -> dict[str, nodes.Type]:
        """Every declared type by its name."""
        return {**self._imported, **{name: self.named(name) for name in self._items}}

    def named(self, reference: str) -> nodes.Type:
        """The type of a `typeRef`; none, or one that nothing declares, is `Any`."""
        if not reference:
            return nodes.ANY
        if reference in self._known:
            return self._known[reference]
        if reference in self._items:
            return self._resolved(reference)
        if reference in self._imported:
            return self._imported[reference]
        local = reference.rpartition(":")[2]
        found = nodes.simple(local)
        if found is None and local != reference:
            return self.named(local)
        if found is None:
            self._blame(reference, "rules.unknown_type", name=reference)
        return found or nodes.ANY

    def _resolved(self, name: str) -> nodes.Type:
        if name in self._open:
            return nodes.ANY
        self._open.add(name)
        self._known[name] = self._made(self._items[name])
        self._open.discard(name)
        return self._known[name]

    def _made(self, item: ItemDefinition) -> nodes.Type:
        if item.components:
            members = tuple((part.name, self._made(part)) for part in item.components)
            kind: nodes.Type = nodes.ContextOf(members)
        elif item.is_function:
            kind = nodes.FunctionOf(
                tuple(self.named(of) for _, of in item.parameters), self.named(item.result)
            )
        else:
            kind = self.named(item.type)
        if item.allowed_values:
            kind = self._restricted(item, kind, item.allowed_values)
        if item.is_collection:
            kind = nodes.ListOf(kind)
        return self._restricted(item, kind, item.constraint) if item.constraint else kind

    def _restricted(self, item: ItemDefinition, kind: nodes.Type, text: str) -> nodes.Type:
        tests = attempt_unary_tests(text, Vocabulary(names=frozenset()))
        for fault in tests.faults:
            self._blame(item.name, fault.code, **fault.facts)

        def allows(value: Value) -> bool:
            return tests.on(Run(None), value, {})

        return nodes.Restricted(kind, allows, text)

    def _blame(self, of: str, code: str, **facts: object) -> None:
        self.faults.append(Fault(path=f"/types/{of}", code=code, facts=facts))
