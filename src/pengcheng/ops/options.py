"""The options by which every sub-command is told its settings."""

import argparse
import os
from pathlib import Path

from pengcheng.ground.settings import TABLE, Setting, Settings, attached, read
from pengcheng.kernel.errors import Refusal


def add(parser: argparse.ArgumentParser, *names: str) -> None:
    """Give a sub-command the options of these settings; `data` goes with each."""
    rows = {row.name: row for row in TABLE}
    for name in dict.fromkeys(("data", *names)):
        _add(parser, rows[name])


def settings(arguments: argparse.Namespace) -> Settings:
    """The settings of this call: its options, else the environment, else the defaults."""
    names = {row.name for row in TABLE}
    given = {name: value for name, value in vars(arguments).items() if name in names}
    return read(os.environ, given)


def running(arguments: argparse.Namespace) -> Settings:
    """The settings of this call with the servers of the running city; `Trouble` if it is not."""
    return attached(settings(arguments))


def target(given: str) -> Path:
    """The file that a command is to write; refused before the work if no folder can hold it."""
    file = Path(given).absolute()
    if not file.parent.is_dir():
        raise Refusal("file.no_folder", folder=str(file.parent))
    return file


def source(given: str) -> Path:
    """The file that a command is to read; refused before the work if it is not there."""
    file = Path(given).absolute()
    if not file.is_file():
        raise Refusal("file.absent", file=str(file))
    return file


def _add(parser: argparse.ArgumentParser, row: Setting) -> None:
    text = f"{row.words.zh}  {row.words.en} ({row.variable})".replace("%", "%%")
    if row.option.startswith("--no-"):
        parser.add_argument(row.option, dest=row.name, action="store_const", const="no", help=text)
    else:
        parser.add_argument(row.option, dest=row.name, metavar=row.name.upper(), help=text)
