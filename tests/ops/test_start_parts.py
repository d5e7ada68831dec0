"""The parts of a start that need no running city: folder, ledger, greeting, command, figures."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest

from pengcheng.ground import settings
from pengcheng.kernel.errors import Absent, Refusal, Trouble
from pengcheng.kernel.words import Words
from pengcheng.ops import bench, children, command, data_folder, greeting, ledger, written


class Usage(NamedTuple):
    """What the operating system says of a disk."""

    total: int
    used: int
    free: int


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(["sleep", "60"]) as process:
        yield process
        process.kill()


def test_a_folder_is_taken_once(tmp_path: Path) -> None:
    first = data_folder.take(tmp_path / "city")
    with pytest.raises(Refusal, match="city.running") as refusal:
        data_folder.take(tmp_path / "city")
    assert refusal.value.facts["pid"] == str(os.getpid())
    first.release()
    data_folder.take(tmp_path / "city").release()


def test_a_folder_of_a_city_is_its_owners_alone(tmp_path: Path) -> None:
    data_folder.take(tmp_path / "city").release()
    modes = {path.stat().st_mode & 0o777 for path in (tmp_path / "city", tmp_path / "city" / "run")}
    assert modes == {0o700}


def test_a_full_disk_is_refused_and_nothing_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: Usage(10**9, 10**9, 5 * 2**20))
    with pytest.raises(Trouble, match="city.no_room") as trouble:
        data_folder.take(tmp_path / "city")
    assert (trouble.value.facts["free_mb"], list(tmp_path.iterdir())) == (5, [])


def test_a_version_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "city.version").write_text("new")
    with pytest.raises(Refusal, match="city.version_unreadable"):
        data_folder.take(tmp_path)


def test_a_data_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "city").write_text("")
    with pytest.raises(Refusal, match="city.folder"):
        data_folder.take(tmp_path / "city")


def test_leftovers_are_ended(tmp_path: Path, sleeper: subprocess.Popen[bytes]) -> None:
    book = ledger.Ledger(tmp_path / "children.json")
    book.add("sleeper", sleeper.pid, signal.SIGTERM)
    left = ledger.leftovers(tmp_path / "children.json")
    assert [entry.pid for entry in left] == [sleeper.pid]
    ledger.clear(left)
    assert sleeper.wait(5) == -signal.SIGTERM


def test_another_process_of_the_same_number_is_left_alone(
    tmp_path: Path, sleeper: subprocess.Popen[bytes]
) -> None:
    entry = ledger.entry("postgres", sleeper.pid, signal.SIGKILL)
    earlier = msgspec.structs.replace(entry, start_ticks=entry.start_ticks - 1)
    rebooted = msgspec.structs.replace(entry, boot="another")
    path = tmp_path / "children.json"
    path.write_bytes(msgspec.json.encode([earlier, rebooted]))
    assert ledger.leftovers(path) == []
    assert sleeper.poll() is None


def test_a_child_dies_with_its_parent(tmp_path: Path) -> None:
    told = tmp_path / "pid"
    code = (
        "import os, pathlib, signal; from pengcheng.ops import children;"
        "child = children.start(children.Program(name='s', argv=('sleep', '60'), env=os.environ));"
        f"pathlib.Path({str(told)!r}).write_text(str(child.pid)); os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", code], check=False)
    number = int(told.read_text())
    assert children.wait_for(lambda: ledger.start_ticks(number) is None, 5)


def test_a_program_that_is_not_there_is_told(tmp_path: Path) -> None:
    program = children.Program(name="none", argv=(str(tmp_path / "none"),), env={})
    with pytest.raises(Trouble, match="child.cannot_start"):
        children.start(program)


def test_a_file_is_replaced_whole_and_no_link_is_followed(tmp_path: Path) -> None:
    (tmp_path / "real").write_text("kept")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    written.replace(tmp_path / "link", b"new")
    assert (tmp_path / "real").read_text() == "kept"
    assert (tmp_path / "link").read_text() == "new"
    assert (tmp_path / "link").stat().st_mode & 0o777 == 0o600


def test_the_greeting_tells_only_addresses_that_answer_and_every_account(tmp_path: Path) -> None:
    account = greeting.Account(account="clerk", password="p-1", role=Words("坐席", "operator"))
    content = msgspec.json.encode(greeting.Accounts(accounts=(account,)))
    (tmp_path / greeting.ACCOUNTS).write_bytes(content)
    read = settings.read({}, {"data": str(tmp_path), "port": "8080"})
    text = greeting.text(read, lambda path: {"/i/": 200, "/e/": 303}.get(path, 404))
    assert "http://127.0.0.1:8080/i/" in text
    assert "http://127.0.0.1:8080/e/" in text
    assert "/q/" not in text
    assert "  clerk  p-1  坐席  operator" in text


def test_without_a_sample_the_greeting_tells_the_first_administrators_link(tmp_path: Path) -> None:
    content = msgspec.json.encode(greeting.Accounts(first_administrator="/e/first/abc"))
    (tmp_path / greeting.ACCOUNTS).write_bytes(content)
    read = settings.read({}, {"data": str(tmp_path)})
    assert "http://127.0.0.1:8000/e/first/abc" in greeting.text(read, lambda _path: 404)


def test_an_unknown_command_names_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["migrat"]) == command.MISUSED
    assert "Did you mean migrate?" in capsys.readouterr().err


def test_a_command_without_a_running_city_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.main(["migrate", "--data", str(tmp_path)]) == command.FAILED
    assert f"No city runs on the data folder {tmp_path}" in capsys.readouterr().err


def test_a_bench_judges_value_and_ratio() -> None:
    fast = bench.judged({"name": "a", "value": 310, "unit": "/s", "goal": ">= 300"})
    slow = bench.judged(
        {"name": "b", "value": 20.0, "unit": "/s", "reference": 100.0, "goal": "ratio >= 0.25"}
    )
    plain = bench.judged({"name": "c", "value": 1.0, "unit": "s", "reference": 4.0})
    assert (fast.met, slow.met, plain.met) == (True, False, None)
    assert (fast.ratio, slow.ratio, plain.ratio) == (None, 0.2, 0.25)


@pytest.mark.parametrize(
    "row",
    [
        {"name": "a", "value": 1},
        {"name": "a", "value": "fast", "unit": "s"},
        {"name": "a", "value": 1, "unit": "s", "goal": "soon"},
        {"name": "a", "value": 1, "unit": "s", "goal": "ratio > 1"},
        {"name": "a", "value": 1, "unit": "s", "met": True},
    ],
)
def test_an_unfit_row_of_a_bench_is_refused(row: dict[str, object]) -> None:
    with pytest.raises(Refusal, match="bench.row"):
        bench.judged(row)


def test_a_bench_prints_all_writes_what_has_a_goal_and_fails_when_one_is_missed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "trial.py").write_text(
        "def run(quick):\n"
        "    return [{'name': 'wait', 'value': 3.0, 'unit': 's', 'goal': '< 2 s'},\n"
        "            {'name': 'size', 'value': 5000.0 if quick else 1.0, 'unit': 'rows'}]\n"
    )
    monkeypatch.setattr(bench, "BENCHES", tmp_path)
    out = tmp_path / "rows.json"
    assert command.main(["bench", "trial", "--quick", "--json", str(out)]) == command.FAILED
    assert [row["name"] for row in json.loads(out.read_text())] == ["wait"]
    assert json.loads(out.read_text())[0]["met"] is False
    assert "5,000" in capsys.readouterr().out


def test_an_unknown_bench_is_told_with_those_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Absent, match="bench.unknown"):
        bench._load("../escape")
