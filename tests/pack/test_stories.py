"""Stories hold or fail for the reason they state; in a city they are played whole."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from pengcheng.pack import CaseGiven, CaseSeen, check, load, play_story, stories_of
from pengcheng.pack.stories import ActorShape
from tests.pack.writing import COVER, PROCESS, write_pack

RIGHTS = """\
roles:
  clerk: {zh: 经办员, en: Clerk}
  citizen: {zh: 市民, en: Citizen}
rights:
  report:
    read: {clerk: {over: area}, citizen: {over: own}}
    accept: {clerk: {over: area}}
    confirm: {citizen: {over: own}}
"""
RULES = """\
tables:
  haste:
    name: {zh: 缓急, en: Haste}
    hit: first
    inputs: {state: {value: state, list: states}, depth: depth}
    outputs: {hours: {}, word: {list: states}}
    rows:
      - {when: {state: lost, depth: "> 1"}, then: {hours: 2, word: lost}, basis: a law}
      - {when: {state: [good, lost]}, then: {hours: 24, word: good}}
"""
STORY = """\
story: {zh: 一个井盖, en: A cover}
given:
  actors: {li: {role: citizen}, wang: {role: clerk}}
  cases: {one: {kind: report, by: li, fields: {subject: 井盖没了}}}
steps:
  - when: {does: accept, to: one, by: wang}
    then: {step: waiting, open: true}
"""


def story_pack(tmp_path: Path, steps: str = "", story: str = STORY) -> Path:
    return write_pack(
        tmp_path, objects=COVER, rights=RIGHTS, rules=RULES, processes__handling=PROCESS,
        stories__one=story + steps,
    )  # fmt: skip


def failed(folder: Path) -> list[tuple[str, int, str]]:
    return [(one.code, one.line, str(one.facts.get("got", ""))) for one in check([folder]).faults]


@pytest.mark.parametrize(
    "step",
    [
        "when: {does: confirm, to: one, by: li}, then: {open: false, outcome: closed}",
        "when: {does: confirm, to: one, by: wang}, then: {refused: forbidden, step: waiting}",
        "when: {does: accept, to: one, by: wang}, then: {refused: case.action_not_now}",
        "when: {passes: 4 days}, then: {step: closed}",
        "when: {passes: 2 days}, then: {step: waiting}",
        "when: {decides: haste, given: {state: lost, depth: 2}}, then: {gives: TWO}",
        "when: {decides: haste, given: {state: lost, depth: 1}}, then: {gives: DAY}",
        "when: {checks: cover, values: {depth: -1}}, then: {faults: {/depth: number.too_low}}",
    ],
)
def test_a_true_sentence_holds(tmp_path: Path, step: str) -> None:
    said = step.replace("TWO", "{hours: 2, word: lost}").replace("DAY", "{hours: 24, word: good}")
    assert failed(story_pack(tmp_path, f"  - {{{said}}}\n")) == []


@pytest.mark.parametrize(
    ("step", "got"),
    [
        ("when: {does: confirm, to: one, by: li}, then: {step: waiting}", "step: closed"),
        ("when: {does: confirm, to: one, by: wang}, then: {}", "refused: forbidden"),
        ("when: {passes: 2 days}, then: {step: closed}", "step: waiting"),
        ("when: {decides: haste, given: {state: good}}, then: {gives: {hours: 2}}", "24"),
        ("when: {checks: cover, values: {state: gone}}, then: {faults: {}}", "code.unknown"),
    ],
)
def test_a_false_sentence_fails_at_its_line(tmp_path: Path, step: str, got: str) -> None:
    code, line, told = failed(story_pack(tmp_path, f"  - {{{step}}}\n"))[0]
    assert (code, line) == ("story.failed", 8)
    assert got in told


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [
        ("role: clerk", "role: clark", "name.unknown"),
        ("kind: report", "kind: reprot", "name.unknown"),
        ("by: li", "by: lee", "name.unknown"),
        ("to: one", "to: two", "name.unknown"),
        ("does: accept, to: one, by: wang", "by: wang", "story.needs"),
        ("does: accept", "dos: accept", "shape.unknown_key"),
    ],
)
def test_a_story_is_checked_like_every_file(
    tmp_path: Path, before: str, after: str, code: str
) -> None:
    folder = story_pack(tmp_path, story=STORY.replace(before, after, 1))
    assert code in [one[0] for one in failed(folder)]


class PaperCity:
    """A city of paper: it notes what it is asked and answers as it was told."""

    def __init__(self, step: str, seen_by: tuple[str, ...]) -> None:
        self.asked: list[str] = []
        self._step = step
        self._seen_by = seen_by

    async def set_now(self, at: str) -> None:
        self.asked.append(f"now {at}")

    async def give_actor(self, name: str, actor: ActorShape) -> None:
        self.asked.append(f"actor {name} {actor.role}")

    async def give_record(self, type_name: str, values: dict[str, Any]) -> None:
        self.asked.append(f"record {type_name} {values}")

    async def give_case(self, name: str, case: CaseGiven) -> None:
        self.asked.append(f"case {name} by {case.by}")

    async def act(self, actor: str, action: str, case: str, values: dict[str, Any]) -> str | None:
        self.asked.append(f"{actor} {action} {case}")
        return None

    async def pass_time(self, span: str) -> None:
        self.asked.append(f"pass {span}")

    async def state(self, case: str) -> CaseSeen:
        return CaseSeen(step=self._step, stage="open", open=True, owner="water")

    async def sees(self, actor: str, case: str) -> bool:
        return actor in self._seen_by


def played(tmp_path: Path, city: PaperCity) -> list[str]:
    then = "then: {step: waiting, open: true, owner: water, seen_by: [li], hidden_from: [wang]}"
    folder = story_pack(tmp_path, story=STORY.replace("then: {step: waiting, open: true}", then))
    registry = load([folder])
    failures = asyncio.run(play_story(stories_of(registry, "covers")[0], city))
    return [failure.got for failure in failures]


def test_a_story_is_played_in_a_city_in_its_order(tmp_path: Path) -> None:
    city = PaperCity("waiting", ("li",))
    assert played(tmp_path, city) == []
    assert city.asked == [
        "actor li citizen",
        "actor wang clerk",
        "case one by li",
        "wang accept one",
    ]


def test_what_a_city_shows_otherwise_is_told(tmp_path: Path) -> None:
    city = PaperCity("new", ("wang",))
    assert played(tmp_path, city) == ["step: new", "one by li: hidden", "one by wang: seen"]
