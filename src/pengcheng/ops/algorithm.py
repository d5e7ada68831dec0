"""`pengcheng algorithm`: run an algorithm of a pack over lines, train its model, list them all.

`train NAME --data DIR` makes the model that ships with the pack; `train NAME --corrections` lets a
running city learn from what its operators put right.

`run` answers line by line: one line out for each line in, in order; a line that cannot be answered
gives {"error": …} with every fault in both languages, and the command then ends with 1.
"""

import argparse
import asyncio
import csv
import json
import os
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec

from pengcheng.engines.algorithms import Algorithm, faults_of, hash_of
from pengcheng.ground.settings import read
from pengcheng.kernel.errors import Fault, Refusal
from pengcheng.ops import options, retraining
from pengcheng.pack import algorithms_in, labelled_in, model_path

BATCH = 64
LINE_BYTES_MAX = 1_000_000
TABLE_BYTES_MAX = 256 * 1024 * 1024
DONE, FAULTY = 0, 1
SENTENCES: Mapping[str, tuple[str, str]] = {
    "not_json": ("这一行不是 JSON", "this line is not JSON"),
    "not_an_object": ("这一行应为 JSON 对象", "this line must be a JSON object"),
    "required": ("缺少这个字段", "this field is missing"),
    "not_text": ("这个字段须为文字", "this field must be a text"),
    "too_long": ("过长", "this is too long"),
    "unanswered": ("算法无法处理这一行", "the algorithm cannot answer this line"),
}

Line = dict[str, Any] | list[Fault]


def register(subparsers: Any) -> None:
    """Add the sub-command with its three actions."""
    parser = subparsers.add_parser(
        "algorithm", help="运行或训练应用包的算法  run or train a pack's algorithm"
    )
    actions = parser.add_subparsers(dest="action", required=True)
    run = actions.add_parser("run", help="NDJSON 进，NDJSON 出  NDJSON in, NDJSON out")
    run.add_argument("name", help="PACK.NAME")
    run.set_defaults(run=run_lines)
    train = actions.add_parser("train", help="重新训练模型  train the model anew")
    train.add_argument("name", help="PACK.NAME")
    train.add_argument(
        "--data", metavar="DIR",
        help="训练数据（CSV）所在文件夹；用 --corrections 时为城市的数据文件夹  "
        "the folder of the CSV files to train on; with --corrections that of the running city",
    )  # fmt: skip
    train.add_argument(
        "--corrections", action="store_true",
        help="用运行中城市里坐席的更正训练挑战者，更好才替换  "
        "train a challenger from what operators put right; it counts only if it is better",
    )  # fmt: skip
    train.add_argument(
        "--labelled", metavar="DIR",
        help="原训练数据（CSV）所在文件夹：更正之外一并学习、一并评判，免得学了新的丢了旧的  "
        "with --corrections: the folder of the first model's CSV files, learned and judged beside "
        "the corrections, so that nothing is unlearned",
    )  # fmt: skip
    train.set_defaults(run=train_anew)
    told = actions.add_parser("list", help="列出全部算法  list all algorithms")
    told.set_defaults(run=list_all)
    for action in (run, train, told):
        action.add_argument(
            "--packs",
            metavar="DIR",
            help="应用包所在文件夹  the folder of the packs (PENGCHENG_PACKS)",
        )


def run_lines(arguments: argparse.Namespace) -> int:
    """Answer each line of standard input; 1 when any could not be answered."""
    algorithm = algorithms_in(_packs(arguments)).named(arguments.name)
    result = DONE
    for batch in _batches(sys.stdin.buffer):
        for answer in _answers(algorithm, [_read(algorithm, line) for line in batch]):
            result = FAULTY if "error" in answer else result
            print(json.dumps(answer, ensure_ascii=False, default=str))
    return result


def train_anew(arguments: argparse.Namespace) -> int:
    """Train from the tables of a folder and write the model into its pack; or, from corrections, a
    challenger for the running city."""
    if arguments.corrections:
        return _from_corrections(arguments)
    if arguments.data is None:
        raise Refusal("algorithm.no_data", folder="--data")
    packs = _packs(arguments)
    algorithm = algorithms_in(packs).named(arguments.name)
    path = model_path(packs, arguments.name)
    if algorithm.train is None or path is None:
        raise Refusal("algorithm.no_model", name=arguments.name)
    made = algorithm.train(_tables(Path(arguments.data)))
    _replace(path, made.model)
    print(f"{path}  {len(made.model)} B  sha256 {hash_of(made.model)}")
    for name, value in sorted(made.notes.items()):
        print(f"  {name}: {value}")
    return DONE


def _from_corrections(arguments: argparse.Namespace) -> int:
    settings = options.running(arguments)
    tables = _tables(Path(arguments.labelled)) if arguments.labelled else {}
    base = labelled_in(settings.packs, arguments.name, tables) if tables else []
    made = asyncio.run(retraining.train(settings, arguments.name, base))
    told = "挑战者胜出，已启用  the challenger counts" if made.state == "champion" else (
        "仍用原模型  the champion stays"
    )  # fmt: skip
    print(f"{made.algorithm}: {told} ({made.reason})")
    print(f"  corrections: {made.corrections}  confirmed: {made.confirmed}  labelled: {len(base)}")
    print(f"  right of {made.rows}: champion {made.champion_right}, "
          f"challenger {made.challenger_right}")  # fmt: skip
    return DONE


def list_all(arguments: argparse.Namespace) -> int:
    """One line for each algorithm: name, version of its model, what goes in and comes out."""
    for algorithm in algorithms_in(_packs(arguments)):
        version = algorithm.version[:12] or "-"
        print(
            f"{algorithm.name:<36} {version:<12} "
            f"{','.join(algorithm.inputs) or '-'} → {','.join(algorithm.outputs)}"
        )
    return DONE


def _packs(arguments: argparse.Namespace) -> Path:
    return read(os.environ, {"packs": arguments.packs}).packs


def _batches(lines: Iterable[bytes]) -> Iterator[list[bytes]]:
    source = iter(lines)
    while batch := list(islice(source, BATCH)):
        yield batch


def _read(algorithm: Algorithm, line: bytes) -> Line:
    if len(line) > LINE_BYTES_MAX:
        return [Fault(path="", code="too_long", facts={"limit": LINE_BYTES_MAX})]
    try:
        row = msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return [Fault(path="", code="not_json", facts={"problem": str(error)})]
    return faults_of(algorithm, row) or row


def _answers(algorithm: Algorithm, lines: list[Line]) -> Iterator[dict[str, Any]]:
    """Answers in the order of the lines; sound ones are run together."""
    rows = [line for line in lines if isinstance(line, dict)]
    said = iter(_run(algorithm, rows))
    for line in lines:
        yield next(said) if isinstance(line, dict) else _refused(line)


def _run(algorithm: Algorithm, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    try:
        return algorithm.run(rows) if rows else []
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        # One ill-shaped row (a list where a text is due) must not cost the others their answer.
        if len(rows) == 1:
            facts = {"problem": f"{type(error).__name__}: {error}"}
            return [_refused([Fault(path="", code="unanswered", facts=facts)])]
        return [answer for row in rows for answer in _run(algorithm, [row])]


def _refused(faults: list[Fault]) -> dict[str, Any]:
    return {"error": [_told(fault) for fault in faults]}


def _told(fault: Fault) -> dict[str, Any]:
    zh, en = SENTENCES[fault.code]
    return {"path": fault.path, "code": fault.code, "zh": zh, "en": en, **fault.facts}


def _tables(folder: Path) -> dict[str, list[dict[str, Any]]]:
    files = sorted(folder.glob("*.csv")) if folder.is_dir() else []
    if not files:
        raise Refusal("algorithm.no_data", folder=str(folder))
    tables = {}
    for path in files:
        if path.stat().st_size > TABLE_BYTES_MAX:
            raise Refusal("algorithm.data_too_large", file=path.name)
        with path.open(encoding="utf-8-sig", newline="") as file:
            tables[path.name] = [dict(row) for row in csv.DictReader(file)]
    return tables


def _replace(path: Path, data: bytes) -> None:
    """The new model in one step: a reader sees the old one whole or the new one whole."""
    path.parent.mkdir(exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.chmod(file.name, 0o644)
    os.replace(file.name, path)
