"""What a person at a terminal meets first: help that answers, refusals that say what to do."""

from pathlib import Path

import pytest

from pengcheng.ops.command import GROUPS, Command, main

COMMANDS = [command for group in GROUPS for command in group.commands]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_every_command_that_is_listed_tells_its_options(
    command: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main([command.name, "--help"])

    told = capsys.readouterr().out
    assert ended.value.code == 0
    assert command.words.zh in told.replace("\n", "")
    assert f"$ pengcheng {command.name}" in told


@pytest.mark.parametrize(
    "words",
    [
        ["backup"],
        ["bench", "demands", "--json"],
        ["rules", "tck", ".", "--json"],
        ["rules", "trial", "x.dmn", "--decision", "route", "--json"],
    ],
    ids=" ".join,
)
def test_a_file_that_no_folder_can_hold_is_refused_before_the_work(
    words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*words, str(tmp_path / "nowhere" / "city.tar")]) == 1

    told = capsys.readouterr().err.splitlines()
    assert len(told) == 2
    assert str(tmp_path / "nowhere") in told[0]
    assert "There is no folder" in told[1]


def test_a_backup_that_is_not_there_is_said_to_be_absent(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["restore", str(tmp_path / "city.tar"), "--data", str(tmp_path / "new")]) == 1
    assert "There is no file" in capsys.readouterr().err
    assert not (tmp_path / "new").exists()


def test_a_mistyped_command_is_answered_with_the_nearest(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["bakup"]) == 2
    assert "Did you mean backup?" in capsys.readouterr().err
