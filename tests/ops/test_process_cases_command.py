"""`pengcheng processes cases`: what a newer version of a process does to open cases, as an operator
types it: judged before it is installed, moved by a mapping, and put back."""

import asyncio
import re
import shutil
from pathlib import Path

import pytest

from pengcheng.ground import settings as city_settings
from pengcheng.ops import install
from pengcheng.ops.command import main
from tests.city import ROOT, City, filled, fresh_city
from tests.portals.shenzhengyi.desk_paper import in_hand

__all__ = ["filled", "fresh_city"]
PACK, STEP, HEIR = "citizen_demands", "handling", "working"


def rewrite(process: Path) -> None:
    """Version 2 of the process: one step is called otherwise."""
    text = process.read_text(encoding="utf-8").replace("version: 1", "version: 2", 1)
    text = re.sub(rf"^    {STEP}:$", f"    {HEIR}:", text, flags=re.M)
    text = re.sub(rf"(\w+): {STEP}(?=[,}}])", rf"\1: {HEIR}", text)
    process.write_text(text, encoding="utf-8")


@pytest.fixture
def newer(
    fresh_city: City, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[City, Path, str]:
    """A city with a case in hand, the folder of its packs with a newer process, and the code."""
    for name in (PACK, "sample_city"):
        shutil.copytree(ROOT / "packs" / name, tmp_path / name)
    rewrite(tmp_path / PACK / "processes" / "demand_handling.yaml")
    monkeypatch.setenv("PENGCHENG_DATABASE_URL", fresh_city.url)
    monkeypatch.setenv("PENGCHENG_NATS_URL", fresh_city.services.settings.nats_url)
    monkeypatch.setenv("PENGCHENG_DATA", str(fresh_city.services.settings.data))
    monkeypatch.setenv("PENGCHENG_PACKS", str(tmp_path))
    return fresh_city, tmp_path, str(in_hand(fresh_city)["code"])


def step_of(city: City, code: str) -> tuple[str, int]:
    ((step, version),) = city.query("select step, process_version from cases where code = %s", code)
    return str(step), int(version)


def test_open_cases_are_judged_moved_by_a_mapping_and_put_back(
    newer: tuple[City, Path, str], capsys: pytest.CaptureFixture[str]
) -> None:
    city, packs, code = newer
    words = ["processes", "cases", "demand"]

    assert main(words) == 0
    assert "no case is open under an older version" in capsys.readouterr().out
    assert main([*words, "--with", str(packs)]) == 1, "somebody must say where the step leads"
    assert f"person  {STEP} (1)" in capsys.readouterr().out
    assert step_of(city, code) == (STEP, 1), "judging changes nothing"

    asyncio.run(install.installed(city_settings.read({**_environment(city, packs)})))
    assert main([*words, "--step", f"{STEP}={HEIR}"]) == 0
    assert f"moves   {STEP} → {HEIR} (1): 随之升级  moves" in capsys.readouterr().out
    assert main([*words, "--old", "1", "--step", f"{STEP}={HEIR}", "--move"]) == 0
    told = capsys.readouterr().out
    assert "1 cases moved by upgrade" in told
    assert step_of(city, code) == (HEIR, 2)

    (upgrade,) = re.findall(r"upgrade ([0-9a-f-]{36})", told)
    assert main([*words, "--undo", upgrade]) == 0
    assert "1 cases put back; 0 have gone on since" in capsys.readouterr().out
    assert step_of(city, code) == (STEP, 1)


def _environment(city: City, packs: Path) -> dict[str, str]:
    return {
        "PENGCHENG_DATA": str(city.services.settings.data), "PENGCHENG_DATABASE_URL": city.url,
        "PENGCHENG_NATS_URL": city.services.settings.nats_url, "PENGCHENG_PACKS": str(packs),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (["--move"], "--old"),
        (["--step", "handling"], "OLD=NEW"),
        (["--undo", "nonsense"], "There is no such upgrade"),
        (["--old", "1", "--move"], "No case is open under version 1"),
    ],
)
def test_what_is_not_understood_is_said_in_words(
    newer: tuple[City, Path, str], capsys: pytest.CaptureFixture[str], more: list[str], says: str
) -> None:
    assert newer
    assert main(["processes", "cases", "demand", *more]) == 1
    assert says in capsys.readouterr().err
