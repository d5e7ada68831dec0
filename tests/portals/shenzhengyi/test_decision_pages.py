"""The page of a decision: who may read it, what stands there, and that it is run again."""

import html
import re
from collections.abc import Iterator
from functools import partial

import psycopg
import pytest

from pengcheng import city as composition
from pengcheng.engines.cases import Intake
from pengcheng.engines.rules import Trials, replay
from pengcheng.ground.log import Position, after
from pengcheng.kernel.authz import SYSTEM
from pengcheng.ops import postgres
from tests.city import City, Filled, running

LOW = "雨水口堵了"


async def take_in(city: City) -> None:
    """What the worker does with everything that was accepted."""
    services = city.services
    analysts = composition.analysts_of(services)
    for analyst in analysts.values():
        await analyst.refresh()
    subscriber = Intake(services.cases, services.areas, analysts).subscriber()
    async with services.database.transaction(SYSTEM) as work:
        entries = await after(work, Position(), kinds=subscriber.kinds)
        await subscriber.handle(work, entries)


@pytest.fixture(scope="module")
def decided(
    postgres_server: postgres.Cluster, filled: Filled
) -> Iterator[tuple[City, str, dict[str, object]]]:
    """A city where one case was taken in, and the id of its rule decision."""
    with running(postgres_server, filled) as city:
        case = city.send_case(fields={"subject": LOW, "body": "梅亭路口积水", "kind": "complaint"})
        city.run(take_in, city)
        rows = city.query("select id from decision where step = 'rule'")
        yield city, str(rows[0][0]), case


def read(city: City, by: str, address: str) -> tuple[int, str]:
    answer = city.client.get(address, headers=city.as_(by), follow_redirects=False)
    return answer.status_code, answer.text


def test_intake_keeps_the_run_of_the_decision_table(decided: tuple[City, str, object]) -> None:
    city, decision, _ = decided
    ((inputs, sources, fired, basis, seq, version),) = city.query(
        """select inputs, sources, fired, basis, seq, v.name from decision d
           join rule_version v on v.id = d.model_version where d.id = %s""",
        decision,
    )
    assert set(inputs) == {"urgency", "kind", "knowledge", "auto"}
    assert set(inputs["knowledge"]) == {"confidence", "expired"}
    assert set(sources) == set(inputs)
    assert fired[0]["decision"] == version == "intake"
    assert fired[0]["rows"]
    assert isinstance(basis, list)
    assert seq
    whole = city.run(replay, city.services.rules)
    assert whole.is_whole
    assert whole.run_again == 1


@pytest.mark.parametrize("by", ["operator", "auditor"])
def test_who_reads_the_case_reads_why(
    decided: tuple[City, str, dict[str, object]], by: str
) -> None:
    city, decision, case = decided
    status, page = read(city, by, f"/e/decisions/{decision}")
    assert status == 200, page
    assert str(case["code"]) in page
    for text in ("依据", "决策表", "重算一遍", ">知识<", "什么会改变它", "成立"):
        assert text in page
    assert page.count('aria-current="true"><th') == 1
    assert "intake 第 1 版" in page


@pytest.mark.parametrize("step", ["rule", "route", "place", "category"])
@pytest.mark.parametrize(("language", "outcome"), [("zh", "结果"), ("en", "Outcome")])
def test_what_a_step_kept_is_told_in_words(
    decided: tuple[City, str, dict[str, object]], step: str, language: str, outcome: str
) -> None:
    city, _, case = decided
    ((decision,),) = city.query("select id from decision where step = %s", step)
    headers = {**city.as_("operator"), "Cookie": f"language={language}"}
    answer = city.client.get(f"/e/decisions/{decision}?again=1", headers=headers)
    main = re.search(r"<main.*?</main>", answer.text, re.S)

    assert answer.status_code == 200
    assert main is not None
    assert outcome in main[0]
    assert str(case["code"]) in main[0]
    text = html.unescape(re.sub(r"<[^>]*>", " ", main[0]))
    assert not re.search(r"[0-9a-f]{8}-[0-9a-f]{4}-", text), "no identity stands as text"
    assert not re.search(r'[{}]|"\w+":|\b(true|false|area_no|organisation_id|verb)\b', text)


def typed(page: str) -> str:
    """The DMN text in the form, as a browser would send it back."""
    return html.unescape(
        re.search(r'<textarea[^>]*name="text"[^>]*>(.*?)</textarea>', page, re.S)[1]
    )


def asked(city: City, address: str, by: str = "admin", **data: str) -> tuple[int, str, str]:
    """Status, text, and where a posted form leads."""
    answer = city.client.post(
        address, data=data, headers={**city.as_(by), "accept": "text/html"}, follow_redirects=False
    )
    return answer.status_code, answer.text, answer.headers.get("location", "")


def tried(city: City, address: str, **data: str) -> str:
    """Where a trial is read that the worker has run."""
    status, text, trial = asked(city, address, **data)
    assert status == 303, text
    assert "正在等后台开始试算" in read(city, "admin", trial)[1]
    city.run(Trials(city.services.rules).run_due)
    return trial


def test_a_new_version_is_tried_over_past_decisions_before_it_is_published(
    decided: tuple[City, str, object],
) -> None:
    city, decision, case = decided
    (address,) = re.findall(r'href="(/e/rules/[0-9a-f-]{36})"', read(city, "admin", "/e/rules")[1])
    assert f"{address}/trial" in read(city, "admin", address)[1]
    text = typed(read(city, "admin", f"{address}/trial")[1])
    changed = text.replace('"dispatch"', '"?"').replace('"triage"', '"dispatch"')
    changed = changed.replace('"?"', '"triage"')
    assert changed != text

    same = tried(city, f"{address}/trial", text=text, days="30")
    other = tried(city, f"{address}/trial", text=changed, days="30",
                  better="action = dispatch, triage")  # fmt: skip

    assert "试算 1 个决定，改变 0 个" in read(city, "admin", same)[1]
    found = read(city, "admin", other)[1]
    assert "试算 1 个决定，改变 1 个" in found
    assert "受损" in found
    assert "action = dispatch, triage" in found, "what is better stands in the form again"
    report = found.split('id="trial"')[1].split("<form")[0]
    assert "去向：自动分拨" in report
    assert not re.search(r"&#34;|action|[{}]", report), "outcomes stand in words"
    assert str(case["code"]) not in found, "to who may not read it, it is counted only"
    assert "440304000000" not in found, "districts are named"
    by_leader = read(city, "leader", other)[1]
    assert str(case["code"]) in by_leader, "the changed case is named"
    assert f"/e/decisions/{decision}" in by_leader
    assert other in read(city, "admin", f"{address}/trial")[1], "the last trials are listed"
    assert city.query("select count(*) from rule_version where name = 'intake'")[0][0] == 1
    assert read(city, "clerk", other)[0] == 403
    assert read(city, "admin", f"{address}/trials/{decision}")[0] == 404


def test_a_trial_that_waits_is_stopped(decided: tuple[City, str, object]) -> None:
    city = decided[0]
    (address,) = re.findall(r'href="(/e/rules/[0-9a-f-]{36})"', read(city, "admin", "/e/rules")[1])
    text = typed(read(city, "admin", f"{address}/trial")[1])
    trial = asked(city, f"{address}/trial", text=text, days="7")[2]

    assert asked(city, f"{trial}/stop")[0] == 303
    assert not city.run(Trials(city.services.rules).run_due)
    assert "被停止" in read(city, "admin", trial)[1]


@pytest.mark.parametrize(
    ("text", "says"), [("no xml", "XML"), ("<definitions/>", "DMN")], ids=["no xml", "no dmn"]
)
def test_what_cannot_be_tried_is_told_why(
    decided: tuple[City, str, object], text: str, says: str
) -> None:
    city = decided[0]
    (address,) = re.findall(r'href="(/e/rules/[0-9a-f-]{36})"', read(city, "admin", "/e/rules")[1])

    status, page, _ = asked(city, f"{address}/trial", text=text, days="30")

    assert status == 422
    assert says in page
    assert read(city, "clerk", f"{address}/trial")[0] == 403


def test_run_again_it_is_equal_and_when_altered_it_is_not(
    decided: tuple[City, str, object],
) -> None:
    city, decision, _ = decided
    _, page = read(city, "operator", f"/e/decisions/{decision}?again=1")
    assert "重算结果相同" in page
    change = partial(_execute, city)
    change('update decision set output = \'{"action": "answer"}\' where id = %s', decision)
    _, page = read(city, "operator", f"/e/decisions/{decision}?again=1")
    assert "与记录不符" in page
    found = city.run(replay, city.services.rules)
    assert {(each.what, str(each.id)) for each in found.findings} == {
        ("altered", decision), ("outcome", decision),
    }  # fmt: skip


def _execute(city: City, statement: str, *values: object) -> None:
    with psycopg.connect(city.url, autocommit=True) as connection:
        connection.execute(statement.encode(), values)


@pytest.mark.parametrize("by", ["clerk.nanshan", "admin"])
def test_who_may_not_read_the_case_is_told_there_is_none(
    decided: tuple[City, str, object], by: str
) -> None:
    city, decision, _ = decided
    assert read(city, by, f"/e/decisions/{decision}")[0] == 404


@pytest.mark.parametrize("name", ["x", "00000000-0000-7000-8000-000000000000"])
def test_a_decision_that_is_not_there_is_absent(
    decided: tuple[City, str, object], name: str
) -> None:
    assert read(decided[0], "operator", f"/e/decisions/{name}")[0] == 404


def test_a_citizen_has_no_door_here(decided: tuple[City, str, object]) -> None:
    city, decision, _ = decided
    assert read(city, "citizen", f"/e/decisions/{decision}")[0] == 403


def test_published_rules_are_listed_and_opened(decided: tuple[City, str, object]) -> None:
    city = decided[0]
    status, page = read(city, "admin", "/e/rules")
    assert status == 200, page
    (address,) = re.findall(r'href="(/e/rules/[0-9a-f-]{36})"', page)
    assert "自动受理后怎么走" in page
    status, page = read(city, "auditor", address)
    assert status == 200
    assert "国办发〔2020〕53号" in page
    assert read(city, "clerk", "/e/rules")[0] == 403
