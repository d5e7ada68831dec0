"""`pengcheng new pack NAME`: a folder that loads and has one story that holds."""

import argparse
from pathlib import Path
from typing import Any

from pengcheng.kernel.words import Words
from pengcheng.pack import new_pack

WRITTEN = Words("已写入 {folder}。下一步：", "Wrote {folder}. Next:")


def register(subparsers: Any) -> None:
    """Add the command."""
    parser = subparsers.add_parser("new", add_help=True, description=__doc__)
    parser.add_argument("what", choices=["pack"], help="写什么  what to write")
    parser.add_argument(
        "name", help="小写字母、数字、下划线  lower case, digits, underscores: reservoir_safety"
    )
    parser.add_argument(
        "--type", dest="type_name", metavar="TYPE", help="第一个类型的名称  its first type"
    )
    parser.add_argument(
        "--folder", type=Path, default=Path("packs"), help="写在哪里  where to write it"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Write the pack and say how to go on."""
    folder = new_pack(arguments.folder, arguments.name, arguments.type_name)
    facts = {"folder": folder}
    print(WRITTEN.fill("zh", facts))
    print(WRITTEN.fill("en", facts))
    print(f"  pengcheng check {folder}")
    print(f"  pengcheng install {folder}")
    return 0
