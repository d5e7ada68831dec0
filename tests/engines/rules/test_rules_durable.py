"""Decisions on the rules engine as they are kept: chained, aged, replayed, found when altered."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pengcheng.engines.feel import from_python
from pengcheng.engines.rules import (
    Column,
    Fact,
    Model,
    NewRecord,
    Record,
    Row,
    Rules,
    decide,
    keep,
    kept,
    maximum_age_element,
    read_dmn,
    replay,
    revived,
    table,
    write_dmn,
)
from pengcheng.engines.rules.keeping import canonical, from_text, to_hash, to_text
from pengcheng.ground.database import Database
from pengcheng.kernel.authz import INTERNAL, SYSTEM, Region, Scope
from pengcheng.kernel.errors import Absent, Refusal
from pengcheng.kernel.time import FixedClock
from tests.engines.rules.rules_check import NAMESPACES, data, decision, dmn, literal

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 11, 2, 9, 30, 12, 345678, tzinfo=UTC)
SUBJECT = UUID("00000000-0000-7000-8000-000000000001")


def grant(limit: str = "100") -> Model:
    """A subsidy by income and day; row 2 pays by the household."""
    return table(
        "grant",
        inputs=[Column(name="income"), Column(name="until")],
        outputs=["amount", "action"],
        rows=[
            Row(inputs=("-", "< today()"), outputs=("0", '"refuse"'), basis="示例办法第3条"),
            Row(
                inputs=(f"<= {limit}", "-"),
                outputs=("income * 1.50", '"pay"'),
                basis="示例办法第5条",
            ),
            Row(inputs=("-", "-"), outputs=("0", '"ask"')),
        ],
        hit_policy="FIRST",
    )


def facts(income: object = 80, **more: Any) -> dict[str, Any]:
    return {"income": income, "until": date(2027, 1, 1), **more}


def record_of(model: Model, income: object, number: int = 1) -> NewRecord:
    run = decide(model, "grant", facts(income), NOW)
    return NewRecord(
        subject_type="subsidy", subject_id=SUBJECT, step="rule", rule="grant", version="1", at=NOW,
        inputs=run.inputs, output=run.output, why={"zh": run.why.zh, "en": run.why.en},
        about={"code": f"S{number}", "area": "440304000000"}, fingerprint=run.fingerprint,
        sources=run.sources, fired=run.fired, basis=run.basis,
    )  # fmt: skip


SCOPE = Scope(action="read", type="subsidy", regions=(Region(sensitivity=INTERNAL),), actor=SYSTEM)


@pytest.fixture
async def rules(database_url: str) -> AsyncIterator[Rules]:
    database = Database(database_url, size=2)
    await database.open()
    yield Rules(database, FixedClock(NOW))
    await database.close()


async def kept_records(rules: Rules, incomes: list[int]) -> list[Record]:
    await rules.publish(SYSTEM, "grant", grant())
    async with rules.database.transaction(SYSTEM) as work:
        return await keep(work, [record_of(grant(), n, n) for n in incomes])


def execute(rules: Rules, statement: str, *values: object) -> None:
    with psycopg.connect(rules.database.url, autocommit=True) as connection:
        connection.execute(statement.encode(), values)


def test_a_run_tells_rows_basis_sources_and_why() -> None:
    source = Fact(value=80, source="tax 2026-10", at=NOW - timedelta(days=3))
    run = decide(grant(), "grant", facts(source), NOW)
    assert [(each.decision, each.rows) for each in run.fired] == [("grant", (2,))]
    assert run.basis == ("示例办法第5条",)
    assert run.sources == {
        "income": {"source": "tax 2026-10", "at": "2026-10-30T09:30:12.345678+00:00"}
    }
    assert "第2行成立" in run.why.zh
    assert "row 2 applies" in run.why.en


def aged(duration: str) -> Model:
    text = write_dmn(grant()).decode()
    data = '<inputData name="income" id="data_1">'
    assert data in text
    element = f"{data}<extensionElements>{maximum_age_element(duration)}</extensionElements>"
    return read_dmn(text.replace(data, element).encode())


def test_data_older_than_declared_are_refused_by_name_age_and_limit() -> None:
    model = aged("P30D")
    at = NOW - timedelta(days=30)
    assert decide(model, "grant", facts(Fact(value=80, source="tax", at=at)), NOW).output
    old = Fact(value=80, source="tax", at=at - timedelta(seconds=1))
    with pytest.raises(Refusal) as refused:
        decide(model, "grant", facts(old), NOW)
    assert refused.value.code == "rules.too_old"
    fault = refused.value.faults[0]
    assert (fault.path, fault.facts["source"], fault.facts["limit"]) == ("/income", "tax", "P30D")
    assert fault.facts["age"] == "P30DT1S"


def test_an_age_that_is_no_length_of_time_is_refused() -> None:
    with pytest.raises(Refusal, match="rules.age_unknown"):
        decide(aged("a month"), "grant", facts(), NOW)


def test_a_declared_age_is_part_of_the_version() -> None:
    assert aged("P30D").fingerprint != aged("P31D").fingerprint != grant().fingerprint


@given(
    st.recursive(
        st.none() | st.booleans() | st.text() | st.integers() | st.dates() | st.timedeltas()
        | st.decimals(allow_nan=False, allow_infinity=False, places=4)
        | st.floats(allow_nan=False, allow_infinity=False),
        lambda inner: st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=5) | st.just("@") | st.just("@feel"), inner, max_size=3),
        max_leaves=8,
    )
)  # fmt: skip
def test_what_is_kept_comes_back_to_the_bit(value: object) -> None:
    exact = from_python(value)
    stored = to_text(kept(exact))
    back = revived(from_text(stored))
    assert back == exact
    assert canonical(kept(back)) == canonical(kept(exact)) == canonical(from_text(stored))


@pytest.mark.parametrize("text", ["1E+2", "-0.0", "1e-7", "1.50", "9" * 40, "1e22", "-0", "0.10"])
async def test_a_number_hashes_the_same_after_the_database(rules: Rules, text: str) -> None:
    before = from_text(text)
    async with rules.database.reading() as work:
        stored = await work.value("select %(text)s::jsonb::text", text=to_text(before))
    assert to_hash(from_text(stored)) == to_hash(before)


def test_a_number_has_one_canonical_text() -> None:
    texts = ["1", "1.0", "1.00", "10E-1"]
    assert {canonical(from_text(text)) for text in texts} == {"1"}
    assert canonical(from_text("-0.0")) == "0"
    assert canonical(True) != canonical(1)


async def test_a_published_version_is_numbered_and_never_changes(rules: Rules) -> None:
    first = await rules.publish(SYSTEM, "grant", grant())
    same = await rules.publish(SYSTEM, "grant", grant())
    second = await rules.publish(SYSTEM, "grant", grant("200"))
    back = await rules.publish(SYSTEM, "grant", grant())
    assert (first.number, same.id, second.number, back.number) == (1, first.id, 2, 3)
    assert (await rules.model(first.id)).fingerprint == grant().fingerprint


async def test_a_model_with_faults_is_not_published(rules: Rules) -> None:
    broken = read_dmn(write_dmn(grant()).replace(b"income * 1.50", b"income * ("))
    with pytest.raises(Refusal, match="rules.invalid"):
        await rules.publish(SYSTEM, "grant", broken)


async def test_a_past_decision_replays_to_the_bit_by_its_own_version(rules: Rules) -> None:
    records = await kept_records(rules, [80, 100, 120])
    await rules.publish(SYSTEM, "grant", grant("10"))
    for each in records:
        record = await rules.record(SCOPE, each.id)
        assert (await rules.run_again(record)).is_equal
    whole = await replay(rules)
    assert (whole.records, whole.run_again, whole.is_whole) == (3, 3, True)


async def test_replay_from_an_instant_looks_at_nothing_earlier(rules: Rules) -> None:
    await kept_records(rules, [80])
    assert (await replay(rules, NOW + timedelta(seconds=1))).records == 0
    assert (await replay(rules, NOW)).records == 1


BOTH = {"altered", "outcome"}
ALTERATIONS = {
    "an output": ("output = jsonb_set(output, '{amount}', '9999')", BOTH),
    "an input": ("inputs = jsonb_set(inputs, '{income}', '101')", BOTH),
    "its rows": ("fired = jsonb_set(fired, '{0,rows}', '[3]')", BOTH),
    "a reason": ("""why = '{"zh": "另一个", "en": "another"}'""", {"altered"}),
    "its time": ("at = at + interval '1 microsecond'", {"altered"}),
    "its source": ("""sources = '{"income": {"source": "x"}}'""", {"altered"}),
    "its case": ("case_id = gen_random_uuid()", {"altered"}),
}


@pytest.mark.parametrize("what", ALTERATIONS)
async def test_an_altered_record_is_found_and_named(rules: Rules, what: str) -> None:
    records = await kept_records(rules, [80, 90, 100])
    change, expected = ALTERATIONS[what]
    execute(rules, f"update decision set {change} where seq = 2")
    found = await replay(rules)
    assert {each.what for each in found.findings} == expected
    assert {(each.seq, each.code, each.id) for each in found.findings} == {
        (2, "S90", records[1].id)
    }


async def test_a_removed_record_is_found(rules: Rules) -> None:
    await kept_records(rules, [80, 90, 100])
    execute(rules, "delete from decision where seq = 2")
    found = await replay(rules)
    assert [(each.what, each.seq) for each in found.findings] == [("missing", 2)]


async def test_removed_last_records_are_found(rules: Rules) -> None:
    await kept_records(rules, [80, 90, 100])
    execute(rules, "delete from decision where seq >= 2")
    found = await replay(rules)
    assert [(each.what, each.seq) for each in found.findings] == [
        ("missing", 2), ("missing", 3), ("end", 3),
    ]  # fmt: skip


async def test_who_rewrites_the_whole_chain_is_found_by_the_log(rules: Rules) -> None:
    records = await kept_records(rules, [80, 90])
    execute(rules, "delete from decision")
    execute(rules, "update decision_chain set seq = 0, hash = ''")
    async with rules.database.transaction(SYSTEM) as work:
        await keep(work, [record_of(grant(), n, n) for n in (80, 95)])
    execute(
        rules,
        "delete from log where after->>'hash' = (select encode(hash, 'hex') from decision_chain)",
    )
    found = await replay(rules)
    assert [(each.what, each.seq) for each in found.findings] == [("log", 2)]
    assert records


async def test_a_version_whose_content_was_altered_is_not_run(rules: Rules) -> None:
    await kept_records(rules, [80])
    execute(rules, "update rule_version set content = replace(content, '1.50', '1.51')")
    fresh = Rules(rules.database, FixedClock(NOW))
    found = await replay(fresh)
    assert [each.what for each in found.findings] == ["version"]


async def test_what_would_have_changed_it_is_found_by_running_it(rules: Rules) -> None:
    (record,) = await kept_records(rules, [80])
    found = await rules.otherwise(await rules.record(SCOPE, record.id))
    changed = {(each.name, str(each.then)) for each in found}
    assert ("income", "101") in changed
    model = grant()
    for each in found:
        given = {name: revived(value) for name, value in record.inputs.items()}
        again = model.evaluate("grant", given | {each.input[0]: each.then}, clock=FixedClock(NOW))
        assert kept(again) != record.output


async def test_a_record_is_absent_for_another_type_or_an_empty_scope(rules: Rules) -> None:
    (record,) = await kept_records(rules, [80])
    for scope in (
        Scope(action="read", type="permit", regions=SCOPE.regions),
        Scope(action="read", type="subsidy"),
    ):
        with pytest.raises(Absent, match=r"decision\.unknown"):
            await rules.record(scope, record.id)
    with pytest.raises(Absent, match=r"decision\.unknown"):
        await rules.subject_of(uuid4())


async def test_a_model_that_imports_another_replays_too(rules: Rules) -> None:
    rate = data("income") + decision("rate", literal("income * 2"), inputs=["income"])
    rates = read_dmn(dmn(rate, namespace="urn:rates"))
    body = (
        f'<import name="r" namespace="urn:rates" importType="{NAMESPACES["1.5"]}"/>'
        '<decision id="pay" name="pay"><variable name="pay"/><informationRequirement>'
        '<requiredDecision href="urn:rates#rate"/></informationRequirement>'
        f"{literal('r.rate + 1')}</decision>"
    )
    model = read_dmn(dmn(body, namespace="urn:pay"), [rates])
    version = await rules.publish(SYSTEM, "pay", model, imports=[rates])
    again = Rules(rules.database, FixedClock(NOW))
    found = await again.model(version.id)
    assert found.evaluate("pay", {"income": 20}) == model.evaluate("pay", {"income": 20}) == 41
    execute(rules, "update rule_version set imports[1] = replace(imports[1], '* 2', '* 3')")
    with pytest.raises(Refusal, match=r"rules\.version_altered"):
        await Rules(rules.database, FixedClock(NOW)).model(version.id)
