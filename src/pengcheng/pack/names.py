"""Every name that the packs declare, with where; and how a name in a declaration is resolved."""

from collections.abc import Iterable

import msgspec

from pengcheng.pack.faults import Faults
from pengcheng.pack.nodes import Document

WHAT = {
    "type": "类型", "object type": "对象类型", "code list": "代码表", "role": "角色",
    "process": "流程", "table": "决策表",
    "rule": "规则",
    "indicator": "指标", "dataset": "数据集", "screen": "页面", "algorithm": "算法",
    "step": "步骤", "stage": "阶段", "action": "动作", "attribute": "属性", "field": "字段",
    "input": "输入", "output": "输出", "library": "库", "case kind": "办件种类",
    "recurring work": "周期性工作",
    "word": "文本", "bound": "上限", "duty table": "用表", "intake step": "自动步骤",
    "code": "代码", "column": "列", "dimension": "维度", "setting": "设定", "level": "层级",
}  # fmt: skip
"""Kinds of names, with their Chinese term."""


class Declared(msgspec.Struct, frozen=True):
    """Where a name is declared."""

    pack: str
    file: str
    line: int


class Names:
    """The names of all packs that are loaded together."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._known: dict[str, dict[str, Declared]] = {}
        self._shared: set[tuple[str, str, str]] = set()

    def declare(self, what: str, name: str, pack: str, at: tuple[str, int]) -> None:
        """Note a name; a second declaration is a fault that names the first."""
        known = self._known.setdefault(what, {})
        first = known.get(name)
        if first is not None:
            where = f"{first.file}:{first.line}"
            self._faults.add(
                at, "name.twice", what=what, what_zh=WHAT[what], given=name, first=where
            )
            return
        known[name] = Declared(pack, *at)

    def share(self, what: str, name: str, pack: str) -> None:
        """Note that a pack declares again, alike, what another declared first."""
        self._shared.add((what, name, pack))

    def declares(self, what: str, name: str, packs: Iterable[str]) -> bool:
        """Whether one of these packs declares a name."""
        found = self.declared(what, name)
        return found is not None and any(
            pack == found.pack or (what, name, pack) in self._shared for pack in packs
        )

    def of(self, what: str, packs: Iterable[str]) -> tuple[str, ...]:
        """The names of a kind that these packs declare, sorted."""
        among = tuple(packs)
        known = self._known.get(what, {})
        return tuple(sorted(name for name in known if self.declares(what, name, among)))

    def declared(self, what: str, name: str) -> Declared | None:
        return self._known.get(what, {}).get(name)


class Compiling:
    """What compiling one pack knows: its name, what it may name, and where to note faults."""

    def __init__(
        self,
        pack: str,
        needs: Iterable[str],
        names: Names,
        faults: Faults,
        libraries: Iterable[str],
    ) -> None:
        self.pack = pack
        self.sees = (pack, *needs)
        self.names = names
        self.faults = faults
        self.libraries = tuple(libraries)

    def need(
        self, what: str, name: str, at: tuple[str, int], *, given_by_engines: Iterable[str] = ()
    ) -> bool:
        """Whether a name is declared by this pack or one that it needs; else a fault is noted."""
        found = self.names.declared(what, name)
        own = tuple(given_by_engines)
        if name in own or self.names.declares(what, name, self.sees):
            return True
        if found is not None:
            self.faults.add(
                at, "name.not_needed",
                what=what, what_zh=WHAT[what], given=name, pack=found.pack,
            )  # fmt: skip
            return False
        allowed = (*self.names.of(what, self.sees), *own)
        return self.one_of(what, name, allowed, at)

    def one_of(self, what: str, name: str, allowed: Iterable[str], at: tuple[str, int]) -> bool:
        """Whether a name is among those allowed; else a fault with the nearest one is noted."""
        choices = tuple(dict.fromkeys(allowed))
        if name in choices:
            return True
        self.faults.add(
            at, "name.unknown", what=what, what_zh=WHAT[what], given=name, allowed=choices
        )
        return False


def declare_keys(names: Names, what: str, document: Document | None, pack: str, *path: str) -> None:
    """Declare every key written at a path of a file, sound or not, so no fault follows another."""
    if document is None:
        return
    for key, line in document.keys(*path).items():
        names.declare(what, key, pack, (document.file, line))
