"""Which organisation answers: the duty list read by category, words and area."""

from collections.abc import Sequence
from functools import cache

from packs.citizen_demands.algorithms.category import Scores, duty_scores
from packs.citizen_demands.algorithms.texts import Row, Rows, duty_rows, text_of, why

_SPOKEN = 0.35


@cache
def _by_path() -> dict[tuple[str, str, str], dict[str, str]]:
    return {(row["level1"], row["level2"], row["level3"]): row for row in duty_rows()}


def responsible_for(rows: Rows, scores: Sequence[Scores] | None = None) -> Rows:
    """The organisation of each row with `level1`, perhaps `level2`, `level3` and `area`.

    Without an area the city level answers. Where level 2 is unknown the words decide among the
    organisations of level 1, and its own entry when they say nothing.
    """
    said = duty_scores([text_of(row) for row in rows]) if scores is None else scores
    return [_responsible(row, mine) for row, mine in zip(rows, said, strict=True)]


def _responsible(row: Row, scores: Scores) -> Row:
    levels = tuple(str(row.get(name) or "") for name in ("level1", "level2", "level3"))
    votes = _votes(levels, scores)
    organisation = max(sorted(votes), key=lambda one: votes[one]) if votes else ""
    duty = _entry(levels, organisation, scores)
    if duty is None:
        told = why("responsible", "职责清单中没有这一类别", "The duty list has no such category")
        return {**_NOTHING, "why": [told]}
    level = duty["level"] if row.get("area") else "city"
    path = "/".join(name for name in (duty["level1"], duty["level2"], duty["level3"]) if name)
    confidence = votes[organisation] / sum(votes.values()) if votes else 0.5
    others = [one for one in sorted(votes, key=lambda o: (-votes[o], o)) if one != organisation]
    told = why(
        "responsible",
        f"职责清单“{path}”，依据：{duty['basis']}",
        f"Duty list “{path}”; basis: {duty['basis']}",
        duty=path,
    )
    return {
        "organisation_key": duty["organisation_key"],
        "level": level,
        "deadline": duty["deadline"],
        "basis": duty["basis"],
        "organisation_confidence": round(confidence, 4),
        "others": others[:2],
        "why": [told],
    }


_NOTHING: Row = {
    "organisation_key": None, "level": "city", "deadline": "ordinary", "basis": "",
    "organisation_confidence": 0.0, "others": [],
}  # fmt: skip


def _votes(levels: tuple[str, ...], scores: Scores) -> dict[str, float]:
    """What speaks for each organisation within the levels that are known."""
    known = tuple(level for level in levels if level)
    votes: dict[str, float] = {}
    own = _by_path().get((*known, "", "", "")[:3])  # type: ignore[arg-type]  # three texts
    if known and own is not None:
        # The entry of the category itself speaks too, though no word of it was said.
        votes[own["organisation_key"]] = 5.0
    for path, score in scores.items():
        duty = _by_path().get(path)
        if duty is not None and known and path[: len(known)] == known:
            key = duty["organisation_key"]
            votes[key] = votes.get(key, 0.0) + score * (1.0 if path[1] else _SPOKEN)
    return votes


def _entry(levels: tuple[str, ...], organisation: str, scores: Scores) -> dict[str, str] | None:
    """The entry of that organisation in the category that is spoken for most."""
    known = tuple(level for level in levels if level)
    if not known:
        return None
    fitting = [
        duty
        for path, duty in _by_path().items()
        if path[: len(known)] == known and duty["organisation_key"] == organisation
    ]
    if not fitting:
        return next(
            (
                duty
                for size in range(len(known), 0, -1)
                if (duty := _by_path().get((*known[:size], "", "")[:3])) is not None  # type: ignore[arg-type]  # three texts
            ),
            None,
        )
    return max(
        fitting,
        key=lambda duty: scores.get((duty["level1"], duty["level2"], duty["level3"]), 0.0),
    )
