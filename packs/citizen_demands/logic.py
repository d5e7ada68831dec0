"""The algorithms of citizens' demands: rows in, one row out for each, every answer with its why."""

from packs.citizen_demands.algorithms.category import (
    auto_threshold,
    categories,
    changed_by,
    duty_scores,
)
from packs.citizen_demands.algorithms.duties import responsible_for, sent_on
from packs.citizen_demands.algorithms.matters import keys_for, same_matter
from packs.citizen_demands.algorithms.places import gazetteer_of, places_in
from packs.citizen_demands.algorithms.texts import Rows, category_model, text_of
from packs.citizen_demands.algorithms.wording import kind_of, sensitive_in, urgency_of
from pengcheng.pack import Classifier, Gazetteer, algorithm
from pengcheng.pack import explain as explained

AUTO_ORGANISATION_MIN = 0.5
AUTO_WITHOUT_LEVEL2_MIN = 0.93


@algorithm(
    zh="诉求三级分类",
    en="Category of a demand, three levels",
    inputs=("subject", "body"),
    outputs=("level1", "level2", "level3", "confidence", "level2_confidence", "level3_confidence"),
)
def category(rows: Rows, model: Classifier | None = None) -> Rows:
    """Each row's category with a confidence for each level; an unsure level 2 or 3 is null."""
    return categories(rows, model=model)


@algorithm(
    zh="分类依据与改变条件",
    en="Why a category, and what would have changed it",
    inputs=("subject", "body"),
    outputs=("level1", "confidence", "words", "without", "otherwise", "changed_by"),
)
def explain(rows: Rows, model: Classifier | None = None) -> Rows:
    """The words that spoke for level 1, and words without which it changes (verified by a run)."""
    told = [explained(model or category_model(), text_of(row)) for row in rows]
    return [
        {
            "level1": one.answer.label,
            "confidence": one.answer.confidence,
            "words": [{"word": weight.word, "worth": weight.worth} for weight in one.words],
            "without": list(one.without),
            "otherwise": one.otherwise.label if one.otherwise else None,
            "changed_by": changed_by(one),
        }
        for one in told
    ]


@algorithm(
    zh="文中地点",
    en="Places named in a text",
    inputs=(),
    outputs=("candidates", "why"),
)
def place(rows: Rows, gazetteer: Gazetteer | None = None) -> Rows:
    """Candidates by confidence; the names come from `gazetteer`, or from each row's `places`."""
    return places_in(rows, gazetteer)


def gazetteer(rows: Rows) -> Gazetteer:
    """Make a gazetteer once from rows {"code", "name", "kind", "lon", "lat"}, for `place`."""
    return gazetteer_of(rows)


@algorithm(
    zh="同一事项识别",
    en="Reports of one matter",
    inputs=("demand", "candidates"),
    outputs=("matches",),
)
def similar(rows: Rows) -> Rows:
    """Candidates by score; `same` from 0.5 on. Rows have subject, body, level1, lon, lat, at; a
    candidate may have `event`: several of one event that are alike speak for each other."""
    return same_matter(rows)


@algorithm(
    zh="重复诉求检索键",
    en="Keys by which repeats are found",
    inputs=("subject", "body"),
    outputs=("keys",),
)
def blocking_keys(rows: Rows) -> Rows:
    """Up to 36 signed 64-bit numbers a demand; those that share one are worth `similar`."""
    return keys_for(rows)


@algorithm(
    zh="紧急程度",
    en="Urgency",
    inputs=("subject", "body"),
    outputs=("urgency", "services", "why"),
)
def urgency(rows: Rows) -> Rows:
    """Emergency (with 110, 119 or 120), urgent or ordinary."""
    return urgency_of(rows)


@algorithm(
    zh="敏感内容",
    en="Sensitive content",
    inputs=("subject", "body"),
    outputs=("sensitive", "public_subject", "public_body", "why"),
)
def sensitive(rows: Rows) -> Rows:
    """Meanings found, and the texts with personal data masked."""
    return sensitive_in(rows)


@algorithm(
    zh="诉求类型",
    en="Kind of demand",
    inputs=("subject", "body"),
    outputs=("kind", "kind_confidence", "why"),
)
def kind(rows: Rows) -> Rows:
    """Consultation, help, complaint, report, suggestion or praise."""
    return kind_of(rows)


@algorithm(
    zh="责任单位",
    en="Organisation responsible",
    inputs=("level1",),
    outputs=("organisation_key", "level", "deadline", "basis", "organisation_confidence", "why"),
)
def responsible(rows: Rows) -> Rows:
    """The organisation by the duty list; rows have level1-3, subject, body, perhaps area."""
    return responsible_for(rows)


@algorithm(
    zh="分拨",
    en="Routing",
    inputs=("level1",),
    outputs=("organisation_key", "level", "deadline", "basis", "organisation_confidence", "why"),
)
def route(rows: Rows) -> Rows:
    """The same as `responsible`, under the name that the intake of a case kind uses."""
    return responsible_for(rows)


@algorithm(
    zh="一次分析",
    en="All steps at once",
    inputs=("subject", "body"),
    outputs=("level1", "confidence", "urgency", "kind", "organisation_key", "auto", "why"),
)
def analyse(rows: Rows, model: Classifier | None = None) -> Rows:
    """Category, urgency, sensitive content, kind, organisation and whether no operator is needed.

    `auto` holds from the confidence on at which level 1 was right 95 times in 100 held-out rows,
    never for an emergency, and only where the duty list names an organisation clearly. Without a
    level 2 it takes at least 0.93.
    """
    scores = duty_scores([text_of(row) for row in rows])
    filed = categories(rows, scores, model)
    asked = [{**row, **levels} for row, levels in zip(rows, filed, strict=True)]
    parts = (
        filed,
        urgency_of(rows),
        sensitive_in(rows),
        kind_of(rows),
        responsible_for(asked, scores),
    )
    least = auto_threshold(model)
    said = []
    for steps in zip(*parts, strict=True):
        one = {name: value for step in steps for name, value in step.items() if name != "why"}
        one["keys"] = []
        one["auto"] = _may_pass(one, least)
        one["auto_threshold"] = least
        one["why"] = [reason for step in steps for reason in step["why"]]
        one["why"].append(sent_on(one, _needed(one, least)))
        said.append(one)
    for one, keys in zip(said, keys_for(rows), strict=True):
        one["keys"] = keys["keys"]
    return said


def _needed(one: dict[str, object], least: float) -> float:
    # Where no word names a part of level 1, level 1 itself is more often wrong: ask for more.
    return least if one["level2"] else max(least, AUTO_WITHOUT_LEVEL2_MIN)


def _may_pass(one: dict[str, object], least: float) -> bool:
    return (
        float(str(one["confidence"])) >= _needed(one, least)
        and one["urgency"] != "emergency"
        and one["organisation_key"] is not None
        and float(str(one["organisation_confidence"])) >= AUTO_ORGANISATION_MIN
    )
