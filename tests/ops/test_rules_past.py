"""`pengcheng rules replay` and `rules trial` on the decisions of a city."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import msgspec
import psycopg
import pytest

from pengcheng.engines.rules import Model, NewRecord, Rules, decide, keep, read_dmn
from pengcheng.ground.database import Database
from pengcheng.kernel.authz import SYSTEM
from pengcheng.kernel.time import FixedClock
from pengcheng.ops.command import main

NOW = datetime(2026, 11, 2, tzinfo=UTC)
DMN = """<definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" name="grants"
  namespace="urn:example"><inputData id="income" name="income"><variable name="income"/></inputData>
  <decision id="grant" name="grant"><variable name="grant"/>
    <informationRequirement><requiredInput href="#income"/></informationRequirement>
    <decisionTable hitPolicy="FIRST"><input><inputExpression><text>income</text></inputExpression>
      </input><output name="amount"/><output name="action"/>
      <rule><inputEntry><text>&lt;= LIMIT</text></inputEntry>
        <outputEntry><text>200</text></outputEntry><outputEntry><text>"pay"</text></outputEntry>
      </rule>
      <rule><inputEntry><text>-</text></inputEntry>
        <outputEntry><text>0</text></outputEntry><outputEntry><text>"ask"</text></outputEntry>
      </rule>
    </decisionTable></decision></definitions>"""


def grants(limit: int) -> Model:
    return read_dmn(DMN.replace("LIMIT", str(limit)).encode())


async def fill(url: str) -> None:
    """Four decisions of the version that is published."""
    database = Database(url, size=1)
    await database.open()
    rules, model = Rules(database, FixedClock(NOW)), grants(100)
    await rules.publish(SYSTEM, "grant", model)
    records = []
    for number, income in enumerate((80, 100, 120, 160), start=1):
        run = decide(model, "grant", {"income": income}, NOW)
        about = {"code": f"S{number}", "area": "440304000000", "organisation": "示例局"}
        records.append(
            NewRecord(
                subject_type="subsidy", subject_id=UUID(int=number), step="rule", rule="grant",
                version="1", at=NOW, inputs=run.inputs, output=run.output, why={}, about=about,
                fingerprint=run.fingerprint, fired=run.fired,
            )
        )  # fmt: skip
    async with database.transaction(SYSTEM) as work:
        await keep(work, records)
    await database.close()


@pytest.fixture
def city_url(database_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("PENGCHENG_DATABASE_URL", database_url)
    monkeypatch.setenv("PENGCHENG_NATS_URL", "nats://127.0.0.1:1")
    asyncio.run(fill(database_url))
    return database_url


def test_past_decisions_come_out_the_same(
    city_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert city_url
    assert main(["rules", "replay"]) == 0
    assert "4 records checked, 4 decisions run again, 0 not as kept" in capsys.readouterr().out
    assert main(["rules", "replay", "--since", "2026-11-03"]) == 0
    assert "0 records checked" in capsys.readouterr().out


def test_an_altered_decision_is_named(city_url: str, capsys: pytest.CaptureFixture[str]) -> None:
    with psycopg.connect(city_url, autocommit=True) as connection:
        connection.execute(
            "update decision set output = jsonb_set(output, '{amount}', '9') where seq = 3"
        )
    assert main(["rules", "replay"]) == 1
    out = capsys.readouterr().out
    assert "#3 grant S3" in out
    assert "内容被改动  was altered" in out
    assert "重算结果不同  comes out otherwise" in out
    assert "S2" not in out


def test_a_trial_tells_who_gains_what_it_costs_and_names_each_case(
    city_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert city_url
    new, report = tmp_path / "new.dmn", tmp_path / "trial.json"
    new.write_bytes(DMN.replace("LIMIT", "150").encode())
    words = ["rules", "trial", str(new), "--decision", "grant", "--json", str(report)]
    assert main(words) == 0
    out = capsys.readouterr().out
    assert "4 个决定 decisions，改变 changed 1 (25.0%)，得益 gain 1，受损 lose 0" in out
    assert "费用 cost  amount: 400 → 600 (+200)" in out
    assert "示例局: action = pay 2 → 3; action = ask 2 → 1" in out
    assert "得益 gains  S3" in out
    found = msgspec.json.decode(report.read_bytes())
    assert [(each["code"], each["after"]["action"]) for each in found["changed"]] == [("S3", "pay")]
    assert found["report"]["whole"] == {"decisions": 4, "changed": 1, "gains": 1, "losses": 0}
    assert main([*words[:-2], "--better", "amount=-"]) == 0
    assert "受损 loses  S3" in capsys.readouterr().out


def test_a_version_that_imports_another_model_is_tried_with_it(
    city_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert city_url
    new, low = tmp_path / "new.dmn", tmp_path / "low.dmn"
    named = '<import name="low" namespace="urn:low" importType="DMN"/><inputData id="income"'
    new.write_text(DMN.replace("LIMIT", "150").replace('<inputData id="income"', named), "utf-8")
    low.write_text(DMN.replace("LIMIT", "1").replace("urn:example", "urn:low"), "utf-8")
    words = ["rules", "trial", str(new), "--decision", "grant"]

    alone = main(words)
    said = capsys.readouterr()
    together = main([*words, "--imports", str(low)])

    assert alone == 1
    assert "urn:low" in said.err
    assert together == 0
    assert "改变 changed 1" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (["--since", "yesterday"], "is no instant"),
        (["--better", "amount"], "is no order"),
        (["--decision", "absent"], "There is no such decision"),
    ],
)
def test_what_is_not_understood_is_said(
    city_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], more: list[str], says: str
) -> None:
    assert city_url
    new = tmp_path / "new.dmn"
    new.write_bytes(DMN.replace("LIMIT", "150").encode())
    assert main(["rules", "trial", str(new), "--decision", "grant", *more]) == 1
    assert says in capsys.readouterr().err


def test_a_pack_s_own_table_can_be_tried(city_url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert city_url
    packs = Path(__file__).parents[2] / "packs"
    words = ["rules", "trial", str(packs / "citizen_demands"), "--decision", "intake"]
    assert main(words) == 0
    assert "0 个决定 decisions" in capsys.readouterr().out
    assert main([*words[:-1], "none"]) == 1
    assert "has no table “none”" in capsys.readouterr().err
