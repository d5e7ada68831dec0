"""The `pengcheng` command: finds the named sub-command, runs it, and says plainly what went wrong.

Each sub-command is a module with `register(subparsers)`, imported only when it is called, so that
`--help` and `check` stay fast. A command whose module is not there is not offered.
"""

import argparse
import errno
import importlib
import importlib.util
import os
import sys
from collections.abc import Sequence
from difflib import get_close_matches

import msgspec

from pengcheng.kernel.errors import PengchengError, Trouble
from pengcheng.kernel.words import Words
from pengcheng.ops.words import told

DONE, FAILED, MISUSED, INTERRUPTED = 0, 1, 2, 130
# What the operating system may refuse on a machine where nothing of ours is wrong.
REFUSED_BY_SYSTEM = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM}
REFUSED_BY_SYSTEM |= {errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EIO}
TITLE = Words("鹏城：城市操作系统", "Pengcheng: a city operating system")


class Command(msgspec.Struct, frozen=True):
    """One sub-command as `--help` tells of it; the module has the name of the command."""

    name: str
    words: Words
    example: str

    @property
    def module(self) -> str:
        """Where its `register` is."""
        return f"pengcheng.ops.{self.name}"


class Group(msgspec.Struct, frozen=True):
    """Commands for one occasion."""

    words: Words
    commands: tuple[Command, ...]


GROUPS: tuple[Group, ...] = (
    Group(
        Words("运行城市", "Run a city"),
        (
            Command(
                "up",
                Words("启动整座城市，前台运行", "start the whole city, in the foreground"),
                "up --port 8080 --data /srv/city",
            ),
            Command(
                "prepare",
                Words(
                    "迁移、装载应用包、填入示例（up 会代劳）",
                    "migrate, load packs, fill the sample (up does it)",
                ),
                "prepare --data /srv/city",
            ),
            Command(
                "serve",
                Words("只运行一个网页进程", "run one web process alone"),
                "serve --port 8001",
            ),
            Command(
                "worker",
                Words("只运行后台进程", "run the background process alone"),
                "worker",
            ),
            Command(
                "migrate",
                Words("把数据库结构升级到最新", "bring the database to the newest schema"),
                "migrate",
            ),
            Command(
                "install",
                Words(
                    "把应用包装进运行中的城市，先看计划",
                    "put packs into the running city, the plan first",
                ),
                "install packs/reservoir_safety --yes",
            ),
            Command(
                "simulate",
                Words(
                    "让示例城市活起来：诉求不断到来并被处理",
                    "bring the sample city to life: demands arrive and are handled",
                ),
                "simulate --speed 60",
            ),
        ),
    ),
    Group(
        Words("维护城市", "Look after it"),
        (
            Command(
                "backup",
                Words("把整座城市备份成一个文件", "write the whole city into one file"),
                "backup city.tar",
            ),
            Command(
                "restore",
                Words("从备份恢复到空的数据文件夹", "restore a backup into an empty folder"),
                "restore city.tar --data /srv/city",
            ),
            Command(
                "retention",
                Words(
                    "列出保存期限已满的；--now 立即删除",
                    "tell what is past its keeping; --now erases it",
                ),
                "retention --now",
            ),
            Command(
                "token",
                Words(
                    "为脚本打印一个账号的访问令牌",
                    "print a bearer token of an account, for scripts",
                ),
                "token clerk",
            ),
            Command(
                "bench",
                Words("测量，并与同次运行的参照比较", "measure beside a reference of the same run"),
                "bench demands --quick --json figures.json",
            ),
        ),
    ),
    Group(
        Words("编写应用包（无需城市在运行）", "Write packs (no running city needed)"),
        (
            Command(
                "new",
                Words("生成一个可装载的新应用包", "write a new pack that loads"),
                "new pack reservoir_safety",
            ),
            Command(
                "check",
                Words("检查应用包并给出等级", "check packs and tell their grades"),
                "check packs/citizen_demands",
            ),
            Command(
                "algorithm",
                Words("运行或重新训练应用包的算法", "run or train a pack's algorithm"),
                "algorithm run citizen_demands.category < rows.ndjson",
            ),
            Command(
                "rules",
                Words("计算 DMN 决策，运行符合性测试", "evaluate DMN, run its conformance tests"),
                "rules evaluate FILE.dmn --decision NAME < input.json",
            ),
            Command(
                "processes",
                Words("在内存中试运行 BPMN 流程", "try a BPMN process in memory"),
                "processes try FILE.bpmn --vars '{}'",
            ),
        ),
    ),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 done, 1 refused or failed, 2 misused, 130 interrupted."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if not words or words[0] in {"-h", "--help", "help"}:
        print(manual())
        return DONE if words else MISUSED
    known = {command.name: command for command in offered()}
    if words[0] not in known:
        print(_unknown(words[0], sorted(known)), file=sys.stderr)
        return MISUSED
    return _run(known[words[0]], words)


def offered() -> list[Command]:
    """The commands whose modules are there."""
    every = [command for group in GROUPS for command in group.commands]
    return [command for command in every if importlib.util.find_spec(command.module)]


def manual() -> str:
    """What `pengcheng --help` prints."""
    present = {command.name for command in offered()}
    lines = [f"{TITLE.zh}  {TITLE.en}", "", "  pengcheng COMMAND [OPTIONS]", ""]
    for group in GROUPS:
        commands = [command for command in group.commands if command.name in present]
        if not commands:
            continue
        lines += [f"{group.words.zh}  {group.words.en}", ""]
        for command in commands:
            lines.append(f"  {command.name:<10} {command.words.zh}")
            lines.append(f"  {'':<10} {command.words.en}")
            lines.append(f"  {'':<10} $ pengcheng {command.example}")
        lines.append("")
    lines += [
        "每个命令用 --data 或 PENGCHENG_DATA 找到它的城市（默认为程序旁的 var）。",
        "A command finds its city by --data or PENGCHENG_DATA (var beside the program by default).",
        "`pengcheng COMMAND --help` 说明各选项  tells the options of a command.",
        "全部设置见  all settings: docs/operating/settings.md",
    ]
    return "\n".join(lines)


def _run(command: Command, words: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="pengcheng", add_help=False)
    subparsers = parser.add_subparsers(dest="command", required=True)
    try:
        importlib.import_module(command.module).register(subparsers)
        offered_one = subparsers.choices[command.name]
        offered_one.description = f"{command.words.zh}。{offered_one.description or ''}"
        offered_one.epilog = f"$ pengcheng {command.example}"
        arguments = parser.parse_args(words)
        return int(arguments.run(arguments) or DONE)
    except PengchengError as error:
        print(told(error), file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has seen enough; the interpreter must not complain at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except OSError as error:
        if error.errno not in REFUSED_BY_SYSTEM:
            raise
        where = str(error.filename or "-")
        print(told(Trouble("system.refused", path=where, why=error.strerror)), file=sys.stderr)
        return FAILED


def _unknown(name: str, known: list[str]) -> str:
    near = get_close_matches(name, known, n=1)
    zh = f"没有命令“{name}”。" + (f"是否要用 {near[0]}？" if near else "")
    en = f"There is no command “{name}”." + (f" Did you mean {near[0]}?" if near else "")
    return f"{zh}\n{en}\n  pengcheng --help"


if __name__ == "__main__":
    sys.exit(main())
