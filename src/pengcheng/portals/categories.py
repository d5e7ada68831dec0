"""Categories of cases as people read them: each level by its own name, in the reader's language."""

from collections.abc import Mapping

from pengcheng.kernel.registry import Registry
from pengcheng.kernel.words import Language
from pengcheng.pack.samples import first_rows

TABLE = "categories"
LEVELS = (1, 2, 3)

_english: dict[tuple[int, str], Mapping[str, str]] = {}


def levels_of(registry: Registry, kind: str, category: str | None, language: Language) -> list[str]:
    """The names of a category's levels, the widest first; a level that declares no English name
    keeps its own."""
    names = [part for part in (category or "").split("/") if part]
    if language == "zh" or not names:
        return names
    known = _english_of(registry, kind)
    return [known.get(name, name) for name in names]


def path_text(registry: Registry, kind: str, category: str | None, language: Language) -> str:
    """A category with what it stands under."""
    return " › ".join(levels_of(registry, kind, category, language))


def last_text(registry: Registry, kind: str, category: str | None, language: Language) -> str:
    """A category by its nearest name; "" without one."""
    return next(reversed(levels_of(registry, kind, category, language)), "")


def _english_of(registry: Registry, kind: str) -> Mapping[str, str]:
    """Declared English names by the name of a level; read once for each version of the registry."""
    key = (registry.version, kind)
    if key not in _english:
        _english.clear()
        table = registry.case_kind(kind).tables.get(TABLE, "")
        found = first_rows(registry, table) if table in registry.types else []
        rows = [row.values for row in found]
        _english[key] = {
            str(row[f"level{depth}"]): str(row[f"level{depth}_en"])
            for row in rows
            for depth in LEVELS
            if row.get(f"level{depth}") and row.get(f"level{depth}_en")
        }
    return _english[key]
