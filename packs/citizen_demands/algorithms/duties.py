"""Which organisation answers: the duty list read by category, words and area."""

from collections.abc import Sequence
from functools import cache

from packs.citizen_demands.algorithms.category import Scores, duty_scores
from packs.citizen_demands.algorithms.texts import Row, Rows, duty_rows, text_of, why

_GENERAL = 0.25
_SILENT = 0.5
_FITTING = 2.0
_BROAD = 0.6
_OWN = 3.0


@cache
def _within() -> dict[str, dict[tuple[str, str, str], dict[str, str]]]:
    """The entries of each level 1, by path."""
    entries: dict[str, dict[tuple[str, str, str], dict[str, str]]] = {}
    for row in duty_rows():
        path = (row["level1"], row["level2"], row["level3"])
        entries.setdefault(row["level1"], {})[path] = row
    return entries


def responsible_for(rows: Rows, scores: Sequence[Scores] | None = None) -> Rows:
    """The organisation of each row with `level1`, perhaps `level2`, `level3` and `area`.

    Without an area the city level answers. The words decide among the organisations of level 1;
    those of the category found count double, and the entry of level 1 answers when no word speaks.
    """
    said = duty_scores([text_of(row) for row in rows]) if scores is None else scores
    return [_responsible(row, mine) for row, mine in zip(rows, said, strict=True)]


def _responsible(row: Row, scores: Scores) -> Row:
    level1, level2, level3 = (str(row.get(f"level{depth}") or "") for depth in (1, 2, 3))
    votes, entries = _votes((level1, level2, level3), scores)
    if not votes:
        told = why("responsible", "职责清单中没有这一类别", "The duty list has no such category")
        return {**_NOTHING, "why": [told]}
    ranked = sorted(votes, key=lambda one: (-votes[one], one))
    duty = entries[ranked[0]]
    path = "/".join(name for name in (duty["level1"], duty["level2"], duty["level3"]) if name)
    told = why(
        "responsible",
        f"职责清单“{path}”，依据：{duty['basis']}",
        f"Duty list “{path}”; basis: {duty['basis']}",
        duty=path,
    )
    return {
        "organisation_key": duty["organisation_key"],
        "level": duty["level"] if row.get("area") else "city",
        "deadline": duty["deadline"],
        "basis": duty["basis"],
        "organisation_confidence": round(votes[ranked[0]] / sum(votes.values()), 4),
        "others": ranked[1:3],
        "why": [told],
    }


def sent_on(said: Row, needed: float) -> Row:
    """Why a demand with this category and organisation goes there by itself or not, and what would
    have changed that: the sureness from which on no operator looks."""
    sure, least = f"{float(str(said['confidence'])):.0%}", f"{needed:.0%}"
    if said["auto"]:
        told = (f"把握 {sure}，够自动分拨", f"{sure} sure: enough to go on by itself")
        otherwise = (
            f"把握低于 {least}、或判为紧急，就不自动分拨",
            f"Below {least}, or found an emergency, it would not be dispatched by itself",
        )
    else:
        told = (f"把握 {sure}，先由人看", f"{sure} sure: a person looks first")
        otherwise = (
            f"类别把握达到 {least}、职责清单指向明确、又不紧急，才自动分拨",
            f"At {least}, with a clear duty and no emergency, it would go on by itself",
        )
    return why("route", *told, changed_by={"zh": otherwise[0], "en": otherwise[1]})


_NOTHING: Row = {
    "organisation_key": None, "level": "city", "deadline": "ordinary", "basis": "",
    "organisation_confidence": 0.0, "others": [],
}  # fmt: skip


def _votes(
    levels: tuple[str, str, str], scores: Scores
) -> tuple[dict[str, float], dict[str, dict[str, str]]]:
    """What speaks for each organisation within level 1, and by which of its entries most."""
    votes: dict[str, float] = {}
    loudest: dict[str, float] = {}
    entries: dict[str, dict[str, str]] = {}
    for path, duty in _within().get(levels[0], {}).items():
        told = _worth(path, levels, scores.get(path, 0.0))
        if told <= 0:
            continue
        key = duty["organisation_key"]
        votes[key] = votes.get(key, 0.0) + told
        if told > loudest.get(key, 0.0):
            loudest[key], entries[key] = told, duty
    return votes, entries


def _worth(path: tuple[str, str, str], levels: tuple[str, str, str], score: float) -> float:
    """An entry speaks by its words, louder the better it fits; that of the category always."""
    worth = score
    if not path[1]:
        worth = _GENERAL * score + _SILENT
    elif path[1] == levels[1]:
        # Words of a level 2 are said of many of its parts: they point less clearly.
        worth = (_FITTING if path[2] else _BROAD) * score
        worth += _OWN if path[2] in ("", levels[2]) else 0.0
        worth *= _FITTING if path[2] and path[2] == levels[2] else 1.0
    return worth
