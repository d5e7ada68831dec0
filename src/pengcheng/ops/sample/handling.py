"""How synthetic officials and citizens behave: what they do and write, and how long it takes.

Everything is drawn from the stream that the caller passes: the same stream, the same day. The
shares are choices of the sample, not measurements of any city.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, TypeVar

import msgspec
import numpy as np

from pengcheng.ops.sample import _content
from pengcheng.ops.sample._seeds import pick

Choice = TypeVar("Choice", bound=str)

Act = Literal["accept", "return", "transfer", "suspend", "extend"]
Outcome = Literal["done", "planned", "explained", "unfounded"]
Grade = Literal["very_satisfied", "satisfied", "fair", "dissatisfied", "very_dissatisfied"]
ASKING = frozenset({"consultation", "suggestion", "praise"})

_FIRST_ACTS: Mapping[Act, float] = {
    "accept": 0.90,
    "return": 0.05,
    "transfer": 0.02,
    "suspend": 0.02,
    "extend": 0.01,
}
_OUTCOMES: Mapping[Outcome, float] = {
    "done": 0.66,
    "planned": 0.14,
    "explained": 0.12,
    "unfounded": 0.08,
}
_GRADES: Sequence[Grade] = (
    "very_satisfied",
    "satisfied",
    "fair",
    "dissatisfied",
    "very_dissatisfied",
)
RATED_SHARE = 0.55
REOPENED_SHARE = 0.35
LATE_SHARE = 0.04


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """What an official answers, and what came of the matter."""

    text: str
    outcome: Outcome
    is_simulated: bool = True


class Rating(msgspec.Struct, frozen=True, kw_only=True):
    """What the author thinks of it: five grades (GB/T 39735), 1 the best, 5 the worst."""

    grade: Grade
    comment: str
    reopens: bool


class Behaviour:
    """Draws the next step of a synthetic person. Holds the phrases; has no other state."""

    def __init__(self, pack: Path) -> None:
        self._phrases: Mapping[str, Any] = _content.document(pack, "replies.yaml")

    def first_act(self, chance: np.random.Generator, *, returns_so_far: int = 0) -> Act:
        """What a unit does with a new demand; after a return it is not returned again."""
        act = _drawn(_FIRST_ACTS, chance)
        return "accept" if act == "return" and returns_so_far else act

    def note(self, act: Act, chance: np.random.Generator) -> str:
        """The reason that goes with an act."""
        return str(pick(chance, self._phrases[act]))

    def reply(self, subject: str, unit: str, kind: str, chance: np.random.Generator) -> Reply:
        """The answer of a unit; whoever only asked gets an explanation."""
        outcome: Outcome = "explained" if kind in ASKING else _drawn(_OUTCOMES, chance)
        parts = (
            pick(chance, self._phrases["greeting"]),
            pick(chance, self._phrases["action"][outcome]),
            pick(chance, self._phrases["closing"]),
        )
        return Reply(
            text="".join(parts).format_map({"subject": subject, "unit": unit}), outcome=outcome
        )

    def rating(
        self, outcome: Outcome, chance: np.random.Generator, *, is_late: bool = False
    ) -> Rating | None:
        """The rating of the author, or None: many never rate."""
        if chance.random() >= RATED_SHARE:
            return None
        grade = _GRADES[int(chance.choice(5, p=_satisfaction(outcome, is_late=is_late)))]
        is_bad = grade in {"dissatisfied", "very_dissatisfied"}
        return Rating(
            grade=grade,
            comment=pick(chance, self._phrases["comments"][grade]),
            reopens=is_bad and chance.random() < REOPENED_SHARE,
        )


def handling_share(chance: np.random.Generator) -> float:
    """How much of the promised time a unit takes: mostly under a half, a few beyond the end."""
    if chance.random() < LATE_SHARE:
        return float(chance.uniform(1.02, 1.6))
    return float(min(0.98, max(0.02, chance.lognormal(np.log(0.35), 0.6))))


def acceptance_share(chance: np.random.Generator) -> float:
    """How much of the promised time passes before a unit accepts."""
    return float(min(0.2, chance.exponential(0.03)))


def _satisfaction(outcome: Outcome, *, is_late: bool) -> list[float]:
    shares = {
        "done": (0.48, 0.36, 0.09, 0.04, 0.03),
        "planned": (0.12, 0.36, 0.30, 0.14, 0.08),
        "explained": (0.22, 0.42, 0.22, 0.09, 0.05),
        "unfounded": (0.06, 0.20, 0.30, 0.26, 0.18),
    }[outcome]
    if not is_late:
        return list(shares)
    # A late answer moves a third of the praise two grades down.
    lost = [share / 3 for share in shares[:2]]
    return [
        shares[0] - lost[0],
        shares[1] - lost[1],
        shares[2] + lost[0],
        shares[3] + lost[1],
        shares[4],
    ]


def _drawn(shares: Mapping[Choice, float], chance: np.random.Generator) -> Choice:
    options = list(shares)
    return options[int(chance.choice(len(options), p=list(shares.values())))]
