"""Models that refer to each other: which element a reference means, and under which name."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from pengcheng.engines.rules.model import (
    Decision,
    DecisionService,
    Definitions,
    Element,
    ItemDefinition,
    KnowledgeModel,
)
from pengcheng.kernel.errors import Absent, Fault, Refusal


class Key(NamedTuple):
    """An element, wherever it is declared."""

    namespace: str
    id: str


class Known(NamedTuple):
    """A required element as its reader names it: `name`, or `through.name` when imported."""

    key: Key
    name: str
    through: str


class Linked:
    """All models of one evaluation: the main one and those that it imports, however deep."""

    def __init__(self, main: Definitions, imported: Iterable[Definitions]) -> None:
        self.main = main
        self.models = {model.namespace: model for model in (*imported, main)}
        self.elements: dict[Key, Element] = {}
        self.faults: list[Fault] = []
        for model in self.models.values():
            self._gather(model)
        self._check_imports()

    def _gather(self, model: Definitions) -> None:
        groups: tuple[tuple[Element, ...], ...] = (
            model.inputs,
            model.decisions,
            model.knowledge,
            model.services,
        )
        for element in (each for group in groups for each in group):
            key = Key(model.namespace, element.id or element.name)
            if key in self.elements:
                raise Refusal("rules.repeated_id", id=key.id, model=model.name)
            self.elements[key] = element

    def _check_imports(self) -> None:
        for model in self.models.values():
            for each in model.imports:
                if each.namespace not in self.models and "dmn" in each.kind.lower():
                    self.faults.append(
                        Fault(
                            path=f"/imports/{each.name}",
                            code="rules.missing_import",
                            facts={"namespace": each.namespace},
                        )
                    )

    def resolve(self, reference: str, namespace: str) -> Key | None:
        """The element that `#id` or `namespace#id` means from within a namespace."""
        home, _, identity = reference.rpartition("#")
        key = Key(home or namespace, identity)
        return key if key in self.elements else None

    def known(self, reader: Key, references: Iterable[str]) -> list[Known]:
        """The required elements as the reader names them; unknown references become faults."""
        found: list[Known] = []
        for reference in references:
            key = self.resolve(reference, reader.namespace)
            if key is None:
                element = self.elements[reader]
                self.faults.append(
                    Fault(
                        path=f"/{element.name}",
                        code="rules.unknown_reference",
                        facts={"reference": reference},
                    )
                )
                continue
            through = self._import_name(reader.namespace, key.namespace)
            found.append(Known(key, self.elements[key].name, through))
        return found

    def _import_name(self, reader: str, other: str) -> str:
        if reader == other:
            return ""
        imports = self.models[reader].imports
        return next((each.name for each in imports if each.namespace == other), "")

    def requires(self, key: Key) -> list[Known]:
        """All that an element needs: input data, decisions and knowledge."""
        match self.elements[key]:
            case Decision() as decision:
                references = (*decision.inputs, *decision.decisions, *decision.knowledge)
            case KnowledgeModel() as knowledge:
                references = knowledge.knowledge
            case DecisionService() as service:
                references = service.outputs
            case _:
                references = ()
        return self.known(key, references)

    def order(self) -> list[Key]:
        """Every element after all that it requires; a circle is refused by its names."""
        done: dict[Key, None] = {}
        for start in self.elements:
            self._visit(start, done)
        return list(done)

    def _visit(self, start: Key, done: dict[Key, None]) -> None:
        if start in done:
            return
        path: dict[Key, None] = {start: None}
        stack = [(start, iter([known.key for known in self.requires(start)]))]
        while stack:
            key, rest = stack[-1]
            following = next(rest, None)
            if following is None:
                stack.pop()
                path.pop(key)
                done[key] = None
            elif following in path:
                met = list(path)
                circle = [*met[met.index(following) :], following]
                raise Refusal("rules.circular", circle=[self.elements[one].name for one in circle])
            elif following not in done:
                path[following] = None
                stack.append((following, iter([known.key for known in self.requires(following)])))

    def named(self, name: str, kind: type[Element]) -> Key:
        """The element of the main model with this name or id; absent when there is none."""
        keys = [key for key, element in self.elements.items() if isinstance(element, kind)]
        home = [key for key in keys if key.namespace == self.main.namespace]
        for key in (*home, *keys):
            if name in (self.elements[key].name, key.id):
                return key
        raise Absent("rules.absent", kind=kind.__name__, name=name)


def member_names(models: Mapping[str, Definitions]) -> frozenset[str]:
    """Every name that may follow a dot: components of types, elements of imported models."""
    found: set[str] = set()

    def walk(item: ItemDefinition) -> None:
        found.update(part.name for part in item.components)
        for part in item.components:
            walk(part)

    for model in models.values():
        for item in model.types:
            walk(item)
        found.update(each.name for each in (*model.inputs, *model.decisions))
        found.update(each.name for each in (*model.knowledge, *model.services))
    return frozenset(found)
