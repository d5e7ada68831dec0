"""Why a decision came out as it did, told to people in both languages."""

from collections.abc import Sequence

from pengcheng.engines.feel import Value, feel_text
from pengcheng.engines.rules.engine import Explained
from pengcheng.engines.rules.running import Step
from pengcheng.engines.rules.tables import Fired
from pengcheng.kernel.words import Words

_SHOWN_MAX = 200


def why(explained: Explained) -> tuple[Words, ...]:
    """A sentence for each decision in the order in which they were made."""
    return tuple(_sentence(step) for step in explained.steps)


def _sentence(step: Step) -> Words:
    output = _told(step.output)
    if not step.tables:
        given = [f"{name} = {_told(value)}" for name, value in step.inputs.items()]
        zh = f"“{step.decision}”由公式得出：{output}" + (f"（{'，'.join(given)}）" if given else "")
        en = f"“{step.decision}” follows from its formula: {output}"
        return Words(f"{zh}。", f"{en}{f' ({_listed(given)})' if given else ''}.")
    parts = [_table(fired) for fired in step.tables]
    zh = "；".join(part.zh for part in parts)
    en = "; ".join(part.en for part in parts)
    return Words(
        f"“{step.decision}”：{zh}，结果为{output}。", f"“{step.decision}”: {en}: {output}."
    )


def _table(fired: Fired) -> Words:
    if not fired.rows:
        return Words("没有一行成立", "no row applies")
    shown = [_row(fired, row) for row in fired.rows[:5]]
    more = len(fired.rows) - len(shown)
    zh = "；".join(words.zh for words in shown) + (f"；另有{more}行" if more else "")
    en = "; ".join(words.en for words in shown) + (f"; and {more} more" if more else "")
    return Words(zh, en)


def _row(fired: Fired, row: int) -> Words:
    rule = fired.table.rules[row - 1]
    met: list[tuple[str, str, str]] = []
    for clause, cell, value in zip(fired.table.inputs, rule.inputs, fired.inputs, strict=True):
        if cell.strip() not in ("", "-"):
            met.append((clause.label or clause.expression, cell, _told(value)))
    zh = "，".join(f"{name}为{value}，满足 {cell}" for name, cell, value in met)
    en = _listed([f"{name} is {value}, which meets {cell}" for name, cell, value in met])
    basis = rule.description or "；".join(note for note in rule.annotations if note)
    return Words(
        f"第{row}行成立（{zh or '不设条件'}）" + (f"，依据：{basis}" if basis else ""),
        f"row {row} applies ({en or 'it has no condition'})"
        + (f", on the basis of {basis}" if basis else ""),
    )


def _listed(parts: Sequence[str]) -> str:
    return "; ".join(parts)


def _told(value: Value) -> str:
    text = feel_text(value)
    return text if len(text) <= _SHOWN_MAX else f"{text[:_SHOWN_MAX]}…"
