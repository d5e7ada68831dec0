"""`pengcheng processes`, as an author uses it."""

from pathlib import Path

import pytest

from pengcheng.engines.processes import WORDS
from pengcheng.ops.command import main
from tests.engines.processes.process_play import bpmn, flows

LOOP = (
    '<startEvent id="s"/><endEvent id="e"/><userTask id="a" name="审核"/>'
    '<exclusiveGateway id="g" default="g-e"/>'
    + flows("s>a", "a>g", 'g>b: action = "again"', "g>e", "b>e")
    + '<userTask id="b"/>'
)


def written(folder: Path, body: str, name: str = "one.bpmn") -> str:
    file = folder / name
    file.write_bytes(bpmn(body))
    return str(file)


def test_try_prints_each_step_and_says_what_is_simulated(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["processes", "try", written(tmp_path, LOOP), "--at", "2026-03-02T12:00:00+08:00"]
    assert main([*arguments, "--vars", '{"action": "again"}']) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "模拟" in lines[0]
    told = [line[16:].strip() for line in lines[2:]]
    given = '{"action":"again"}'
    assert told == [
        "开始  start",
        "-> s",
        "-> 审核 [a]",
        "待办任务  a task waits",
        f"审核 [a]：自动完成（模拟），给出 {given}  completed by itself (simulated): {given}",
        "-> g",
        "-> b",
        "待办任务  a task waits",
        f"b：自动完成（模拟），给出 {given}  completed by itself (simulated): {given}",
        "-> e",
        "结束：e  ended",
    ]


def test_check_tells_faults_in_both_languages_and_fails(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["processes", "check", written(tmp_path, LOOP)]) == 0
    broken = written(tmp_path, '<startEvent id="s"/><scriptTask id="t"/>' + flows("s>t"))
    assert main(["processes", "check", broken]) == 1
    told = capsys.readouterr().out
    assert "script task" in told
    assert "不支持运行" in told
    assert main(["processes", "try", broken]) == 1


def test_wrong_files_and_variables_are_refused_with_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cmmn = tmp_path / "case.cmmn"
    cmmn.write_text('<definitions xmlns="http://www.omg.org/spec/CMMN/20151109/MODEL"/>')
    assert main(["processes", "try", str(cmmn)]) == 1
    assert "CMMN" in capsys.readouterr().err
    assert main(["processes", "try", str(tmp_path / "none.bpmn")]) == 1
    assert main(["processes", "try", written(tmp_path, LOOP), "--vars", "[1]"]) == 1
    assert "JSON" in capsys.readouterr().err
    none = tmp_path / "none-in.bpmn"
    none.write_text('<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" id="d"/>')
    assert main(["processes", "try", str(none)]) == 1
    assert "There is no process in the file" in capsys.readouterr().err


def test_try_says_why_a_step_is_stuck_in_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wait = "<timerEventDefinition><timeDuration>soon</timeDuration></timerEventDefinition>"
    body = '<startEvent id="s"/><endEvent id="e"/>' + flows("s>w", "w>e")
    body += f'<intermediateCatchEvent id="w">{wait}</intermediateCatchEvent>'
    assert main(["processes", "try", written(tmp_path, body)]) == 1
    (stuck,) = [line for line in capsys.readouterr().out.splitlines() if "PARKED" in line]
    assert "停住" in stuck
    assert "write PT1H" in stuck


def test_a_short_form_is_exported_with_a_diagram_and_drawn(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    short = tmp_path / "short.yaml"
    short.write_text("id: p\nsteps:\n  - {id: a, role: x, next: z}\n  - {id: z, kind: end}\n")
    assert main(["processes", "export", str(short)]) == 0
    exported = tmp_path / "out.bpmn"
    exported.write_text(capsys.readouterr().out)
    assert "BPMNShape" in exported.read_text()
    assert main(["processes", "check", str(exported)]) == 0
    assert main(["processes", "draw", str(exported)]) == 0
    assert "<svg" in capsys.readouterr().out
    short.write_text("id: p\nsteps:\n  - {id: a, role: x, next: zz}\n  - {id: z, kind: end}\n")
    assert main(["processes", "check", str(short)]) == 1
    assert "/steps/0/next" in capsys.readouterr().err


def test_an_upgrade_is_judged_step_by_step(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    new = LOOP.replace('<userTask id="b"/>', '<serviceTask id="b"/>')
    old_file, new_file = written(tmp_path, LOOP), written(tmp_path, new, "two.bpmn")
    assert main(["processes", "migrate-check", old_file, new_file]) == 0
    verdicts = [line.split()[:2] for line in capsys.readouterr().out.splitlines()]
    assert verdicts == [["moves", "a:"], ["person", "b:"]]


def test_every_text_is_whole_in_both_languages() -> None:
    assert [code for code, words in WORDS.items() if not (words.zh and words.en)] == []
