"""The pack's own tables and model, each read once, and small things about rows."""

from functools import cache
from typing import Any

from pengcheng.pack import Classifier, Rarity, Text, WordRules, model, rules_of, table

Row = dict[str, Any]
Rows = list[Row]
MODEL = "category.npz"
SHENZHEN_NOISE = ("_x000d_", "\u200b")


@cache
def category_model() -> Classifier:
    """The trained model that ships with the pack."""
    return model(__name__, MODEL)


@cache
def duty_rows() -> tuple[dict[str, str], ...]:
    """The duty list, in its order."""
    return table(__name__, "duty-list.csv")


@cache
def category_rows() -> tuple[dict[str, str], ...]:
    """The 517 categories."""
    return table(__name__, "categories.csv")


@cache
def english() -> dict[str, str]:
    """The English name of each category, by its Chinese one; a higher level goes first."""
    names = {row["level3"]: row["level3_en"] for row in category_rows()}
    names |= {row["level2"]: row["level2_en"] for row in category_rows()}
    return names | {row["level1"]: row["level1_en"] for row in category_rows()}


@cache
def word_rules(rule: str) -> WordRules:
    """The rules of one question: urgency, sensitive or kind."""
    rows = [row for row in table(__name__, "word-rules.csv") if row["rule"] == rule]
    if rule == "sensitive":
        rows += _listed()
    return rules_of(rows)


@cache
def rarity() -> Rarity:
    """How telling a gram is, from the messages that the model was trained on."""
    space = category_model().space
    pairs = zip(space.grams.terms, space.gram_weight.tolist(), strict=True)
    weights = {gram: weight for gram, weight in pairs if len(gram) == 2}
    return Rarity(weights, unknown=9.0, unwanted=SHENZHEN_NOISE)


def text_of(row: Row) -> Text:
    """The subject and body of a row; an absent one is empty."""
    return Text(str(row.get("subject") or ""), str(row.get("body") or ""))


def why(step: str, zh: str, en: str, **facts: Any) -> dict[str, Any]:
    """One reason: the step, a sentence in each language, and its facts."""
    return {"step": step, "zh": zh, "en": en, **facts}


def _listed() -> list[dict[str, str]]:
    """The administrators' word list. Danger to life is judged by rules that know what is past."""
    told = {"zh": "敏感词表中的词", "en": "A word of the list of sensitive words"}
    return [
        {"rule": "sensitive", "result": row["meaning"], "words": row["word"], **told}
        for row in table(__name__, "sensitive-words.csv")
        if row["meaning"] != "life"
    ]
