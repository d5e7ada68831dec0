"""Urgency, sensitive words and kind of a demand: transparent rules of word-rules.csv."""

from packs.citizen_demands.algorithms.texts import Row, Rows, text_of, why, word_rules
from pengcheng.pack import Hit, masked

EMERGENCY_SERVICES = ("110", "119", "120")
KINDS = ("report", "complaint", "consultation", "suggestion", "praise", "help")
_SUBJECT_WORTH = 3.0
# Who is in danger says so at once; further down a long text stands what was or might be.
_AT_ONCE = 100


def urgency_of(rows: Rows) -> Rows:
    """`emergency` with the service to hand over to, `urgent` or `ordinary`, and why."""
    return [_urgency(row) for row in rows]


def sensitive_in(rows: Rows) -> Rows:
    """Meanings found, with their words, and both texts with personal data masked."""
    return [_sensitive(row) for row in rows]


def kind_of(rows: Rows) -> Rows:
    """Consultation, help, complaint, report, suggestion or praise, with a confidence."""
    return [_kind(row) for row in rows]


def _urgency(row: Row) -> Row:
    text = text_of(row)
    head = f"{text.subject}\n{text.body[:_AT_ONCE]}"
    hits = word_rules("urgency").hits(head)
    services = sorted({hit.rule.result for hit in hits if hit.rule.result in EMERGENCY_SERVICES})
    level = "emergency" if services else "urgent" if hits else "ordinary"
    # Nothing but these words speaks for urgency, so without them it is ordinary.
    words = "”“".join(dict.fromkeys(hit.text for hit in hits))
    otherwise = {
        "zh": f"标题和开头没有“{words}”，就是一般件",
        "en": f"Without “{words}” in its subject and beginning it would be ordinary",
    }
    told = [
        why("urgency", f"{hit.rule.zh}：“{hit.text}”", f"{hit.rule.en}: “{hit.text}”",
            changed_by=otherwise)
        for hit in _first_of_each(hits)
    ]  # fmt: skip
    return {"urgency": level, "services": services, "why": told}


def _sensitive(row: Row) -> Row:
    text = text_of(row)
    rules = word_rules("sensitive")
    by_part = [(part, rules.hits(part)) for part in (text.subject, text.body)]
    hits = [hit for _, found in by_part for hit in found]
    meanings: dict[str, list[str]] = {}
    for hit in hits:
        shown = masked(hit.text, [(0, len(hit.text))]) if _private(hit) else hit.text
        words = meanings.setdefault(hit.rule.result, [])
        if shown not in words:
            words.append(shown)
    clean = [
        masked(part, [(h.start, h.end) for h in found if _private(h)]) for part, found in by_part
    ]
    otherwise = {
        "zh": "没有这些用语，就不算敏感内容",
        "en": "Without such words it would not be sensitive",
    }
    told = [
        why("sensitive", hit.rule.zh, hit.rule.en, changed_by=otherwise)
        for hit in _first_of_each(hits)
    ]
    return {
        "sensitive": [{"meaning": key, "words": words} for key, words in sorted(meanings.items())],
        "public_subject": clean[0],
        "public_body": clean[1],
        "why": told,
    }


def _kind(row: Row) -> Row:
    text = text_of(row)
    rules = word_rules("kind")
    votes = dict.fromkeys(KINDS, 0.0)
    votes["help"] = 0.5
    hits: list[Hit] = []
    for part, worth in ((text.subject, _SUBJECT_WORTH), (text.body, 1.0)):
        found = rules.hits(part)
        hits += found
        for rule, word in {(hit.rule.result, hit.text): hit for hit in found}:
            weight = next(h.rule.weight for h in found if h.rule.result == rule)
            votes[rule] += worth * weight if word else 0.0
    kind = max(KINDS, key=lambda one: votes[one])
    first = next((hit for hit in hits if hit.rule.result == kind), None)
    told = (
        why("kind", f"{first.rule.zh}：“{first.text}”", f"{first.rule.en}: “{first.text}”")
        if first
        else why("kind", "没有更明确的用语", "No word says otherwise")
    )
    return {
        "kind": kind,
        "kind_confidence": round(votes[kind] / (sum(votes.values()) + 1.0), 4),
        "why": [told],
    }


def _private(hit: Hit) -> bool:
    return hit.rule.result == "privacy"


def _first_of_each(hits: list[Hit]) -> list[Hit]:
    firsts: dict[str, Hit] = {}
    for hit in hits:
        firsts.setdefault(hit.rule.zh, hit)
    return list(firsts.values())
