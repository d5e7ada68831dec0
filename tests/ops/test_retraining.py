"""A city learns from what its operators put right, and forgets it again when told so."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from pengcheng.engines.algorithms import Classifier, Text
from pengcheng.engines.cases import Filling, NewCase, PastCase
from pengcheng.ground.settings import read
from pengcheng.kernel.authz import SYSTEM, Region, Scope
from pengcheng.kernel.errors import Conflict, Refusal
from pengcheng.ops import retraining
from pengcheng.ops.seed import system_scope
from pengcheng.pack import shipped
from pengcheng.pack.analysing import DeclaredAnalyst
from tests.city import filled
from tests.engines.cases.conftest import anyio_backend, town, town_url
from tests.engines.cases.town import KIND, Town

__all__ = ["anyio_backend", "filled", "town", "town_url"]

pytestmark = pytest.mark.anyio
NAME = "citizen_demands.category"
NEW = "国土资源"
KNOWN = ("路灯不亮", "公交车不停站", "学校乱收费", "工厂排放废气", "拖欠工资", "医院挂号难")
CHANGE = Scope(action="change", type="algorithm", regions=(Region(),), actor=SYSTEM)


def planted(number: int) -> dict[str, str]:
    """A demand that the shipped model files elsewhere."""
    return {"subject": f"岸线桩号{number}被挪", "body": f"岸线桩号{number}被人挪动，路灯旁"}


@pytest.fixture(scope="module")
def champion() -> Classifier:
    from_pack: Classifier = shipped(Path(__file__).parents[2] / "packs", NAME)[1]
    return from_pack


@pytest.fixture
async def taught(town: Town, champion: Classifier) -> Town:
    """A city with closed cases that were filed rightly, and corrections towards a new class."""
    now = town.services.clock.now()
    texts = [Text(f"{KNOWN[n % 6]}{n}", f"{KNOWN[n % 6]}，请处理，第{n}次") for n in range(150)]
    past = [
        PastCase(
            new=NewCase(
                kind=KIND, channel="api", category=answer.label,
                accepted_at=now - timedelta(days=9),
                fields={"subject": text.subject, "body": text.body},
            ),
            organisation_id=town.unit("water@futian"), step="closed",
            replied_at=now - timedelta(days=8), closed_at=now - timedelta(days=7),
        )
        for text, answer in zip(texts, champion.answers(texts), strict=True)
    ]  # fmt: skip
    await Filling(town.services.cases).fill(system_scope("create", KIND), past)
    # What is filled was given its category by a person; here the algorithm was right.
    execute(town, "update cases set category_confidence = 0.9")
    for number in range(45):
        code = (await town.send(fields=planted(number))).code
        await town.act("operator", code, "recategorise", details={"category": f"{NEW}/岸线"})
    return town


def execute(town: Town, statement: str) -> None:
    with psycopg.connect(town.url, autocommit=True) as connection:
        connection.execute(statement.encode())


async def found_in(town: Town, *texts: dict[str, str]) -> list[str]:
    """The first level of the category that the intake of this city finds."""
    services = town.services
    analyst = DeclaredAnalyst(
        services.registry, services.registry.case_kind(KIND), services.objects, services.areas,
        services.clock, services.champions,
    )  # fmt: skip
    await analyst.refresh()
    said = analyst.analyse([{"id": str(n), **text} for n, text in enumerate(texts)])
    return [str(one.category).split("/")[0] for one in said]


async def test_what_operators_put_right_changes_the_next_answer_until_it_is_undone(
    taught: Town,
) -> None:
    asked = [planted(number) for number in range(100, 110)]
    before = await found_in(taught, *asked)
    assert NEW not in before

    made = await retraining.settle(taught.services, NAME)

    assert (made.state, made.reason, made.corrections) == ("champion", "better", 45)
    assert made.challenger_right > made.champion_right
    assert set(await found_in(taught, *asked)) == {NEW}
    known = [{"subject": text, "body": text} for text in KNOWN]
    kept = await found_in(taught, *known)

    await taught.services.champions.undo(CHANGE, NAME, made.id)
    assert await found_in(taught, *asked) == before
    assert await found_in(taught, *known) == kept
    kinds = [row[0] for row in taught.query(
        "select kind from log where subject_type = 'algorithm' order by seq")]  # fmt: skip
    assert kinds == ["algorithm.replaced", "algorithm.undone"]
    with pytest.raises(Conflict):
        await taught.services.champions.undo(CHANGE, NAME, made.id)


async def test_a_worse_challenger_is_kept_as_refused_and_the_champion_stays(taught: Town) -> None:
    execute(
        taught,
        """update log set after = jsonb_set(after, '{value}', to_jsonb(
             (array['城乡建设','教育文体','环境保护'])[1 + seq % 3]::text))
           where kind = 'case.corrected'""",
    )
    made = await retraining.settle(taught.services, NAME)

    assert made.state == "refused"
    assert made.reason in {"not_better", "worse_elsewhere"}
    assert await taught.services.champions.of(NAME) is None
    assert [row[0] for row in taught.query(
        "select kind from log where subject_type = 'algorithm'")] == ["algorithm.kept"]  # fmt: skip


async def test_unnamed_and_sensitive_cases_and_numbers_are_not_learned(town: Town) -> None:
    learning = retraining.Learning(town.services.cases)
    for disclosure in ("anonymous", "confidential", "open"):
        fields = {"subject": f"{disclosure} 电话13800138000", "body": "写信到 a.b@example.com"}
        sent = await town.send(fields=fields, disclosure=disclosure)
        await town.act("operator", sent.code, "recategorise", details={"category": NEW})
    hidden = await town.send(fields={"subject": "敏感", "body": "敏感的事"})
    await town.act("operator", hidden.code, "recategorise", details={"category": NEW})
    execute(town, f"update cases set sensitivity = 3 where code = '{hidden.code}'")

    corrected, confirmed = await learning.rows(KIND)

    assert [(one.subject, one.body, one.label) for one in corrected] == [
        ("open 电话138****", "写信到 ****", NEW)
    ]
    assert confirmed == []


async def test_only_the_last_word_on_a_case_counts(town: Town) -> None:
    code = (await town.send()).code
    for category in ("环境保护", "教育文体"):
        await town.act("operator", code, "recategorise", details={"category": category})
    corrected, _ = await retraining.Learning(town.services.cases).rows(KIND)
    assert [one.label for one in corrected] == ["教育文体"]


async def test_it_is_time_when_something_new_was_put_right(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: list[str] = []

    async def told(_settings: Any, name: str) -> None:
        ran.append(name)

    monkeypatch.setattr(retraining, "_train_apart", told)
    await retraining.look(town.services)
    assert ran == []
    code = (await town.send()).code
    await town.act("operator", code, "recategorise", details={"category": NEW})
    await retraining.look(town.services)
    assert ran == [NAME]
    made = await retraining.settle(town.services, NAME)
    assert (made.state, made.reason) == ("refused", "too_few_rows")
    await retraining.look(town.services)
    assert ran == [NAME]


async def test_an_algorithm_that_nothing_teaches_is_refused(town: Town) -> None:
    with pytest.raises(Refusal, match="algorithm.not_taught"):
        retraining.kinds_taught(town.services.registry, "citizen_demands.urgency")


async def test_a_training_that_never_ends_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = read({}, {"data": str(tmp_path), "packs": str(tmp_path)})
    monkeypatch.setattr(retraining, "TRAINING_SECONDS_MAX", 0.05)
    begun: list[asyncio.subprocess.Process] = []
    started = asyncio.create_subprocess_exec

    async def kept(*words: str, **options: Any) -> asyncio.subprocess.Process:
        begun.append(await started("sleep", "600", **options))
        return begun[-1]

    monkeypatch.setattr(asyncio, "create_subprocess_exec", kept)

    assert await retraining._command(settings, NAME) == (None, "ended after 0 s")
    assert [process.returncode for process in begun] == [-9]
