"""`./bench rules`: decisions a second beside the peers, on the same inputs in the same run.

Two works: a table of 20 rows and 6 inputs (first hit), and a graph of 10 decisions. The peers are
no dependencies of the product: bkflow-feel and SpiffWorkflow go into a virtual environment of
their own, feelin into a folder of its own, both under `var/bench`. Each peer is used as fast as its
own interface allows (bkflow-feel parses once; feelin and SpiffWorkflow can only be given text),
and its answers must equal ours, or its figure does not count. Figures are of processor time, so
that a busy machine slows no one more than the other.
"""

import json
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from benches import _rules_trial
from pengcheng.engines.rules import Column, Model, Row, read_dmn, table

HOME = Path(__file__).resolve().parent
WORK = HOME.parent / "var" / "bench" / "rules"
PYTHON_PEERS = ("bkflow-feel==1.2.0", "SpiffWorkflow==3.2.0")
NODE_PEER = "feelin@8.2.0"
# bkflow-feel has one public function, which parses its text at each call; what it would do with
# a tree kept from inside is shown too, without a goal.
GOALS = {"bkflow-feel": 5.0, "SpiffWorkflow": 5.0, "feelin": 1.0}
ROWS, GRAPH = 20, 10
KINDS = ("a", "b", "c")


def run(*, quick: bool) -> list[dict[str, Any]]:
    """The rows of the bench."""
    seconds = 0.5 if quick else 3.0
    cases = _cases(50)
    answers = {"table": _table_answers(cases), "graph": _graph_answers(cases)}
    work = {"seconds": seconds, "cases": cases, "table": _conditions(), "graph": _formulas()}
    WORK.mkdir(parents=True, exist_ok=True)
    (WORK / "work.json").write_text(json.dumps(work))
    peers = {**_python_peers(), **_node_peer()}
    own = {
        "table": _rate(_table_model(), "outcome", cases, seconds),
        "graph": _rate(_graph_model(), f"d{GRAPH}", cases, seconds),
    }
    rows: list[dict[str, Any]] = []
    for (peer, kind), figure in sorted(peers.items()):
        goal = GOALS.get(peer)
        agrees = _agree(answers[kind], figure["answers"])
        # A peer whose answers differ does not count; a goal beside it cannot be met.
        rows.append(
            {
                "name": f"rules {kind} beside {peer}" + ("" if agrees else " (answers differ)"),
                "value": round(own[kind]) if agrees else 0,
                "unit": "decisions/s of one core",
                "reference": round(figure["rate"]),
                "goal": None if goal is None else f"ratio >= {goal:g}",
            }
        )
    models = (_table_model(), _table_model(amount_from=2000))
    return rows + _rules_trial.rows(WORK, *models, _cases(500), quick=quick)


def _cases(count: int) -> list[dict[str, Any]]:
    chance = random.Random(20240501)
    return [
        {
            "age": chance.randrange(0, 100),
            "amount": chance.randrange(500, 5000),
            "kind": chance.choice(KINDS),
            "resident": chance.random() < 0.8,
            "score": chance.randrange(0, 900),
            "district": chance.choice(["futian", "nanshan", "luohu", "longgang"]),
        }
        for _ in range(count)
    ]


def _table_model(amount_from: int = 0) -> Model:
    rows = [
        Row(
            inputs=(
                f"[{row * 5}..{row * 5 + 5})",
                f">= {amount_from + row * 10}",
                "-" if row % 2 else f'"{KINDS[row % 3]}"',
                "true" if row % 4 else "-",
                f"< {1000 - row}",
                '"futian","nanshan"' if row % 5 == 0 else "-",
            ),
            outputs=(f'"r{row}"',),
        )
        for row in range(ROWS)
    ]
    names = ("age", "amount", "kind", "resident", "score", "district")
    return table(
        "outcome",
        inputs=[Column(name=name) for name in names],
        outputs=["result"],
        rows=rows,
        hit_policy="FIRST",
    )


def _conditions() -> list[dict[str, Any]]:
    """The same rows for peers: as one FEEL condition, and as cells in Python for SpiffWorkflow."""
    found = []
    for row in range(ROWS):
        terms = [f"age >= {row * 5}", f"age < {row * 5 + 5}", f"amount >= {row * 10}"]
        cells = [f"{row * 5} <= ? < {row * 5 + 5}", f">= {row * 10}", None, None]
        if row % 2 == 0:
            terms.append(f'kind = "{KINDS[row % 3]}"')
            cells[2] = f'"{KINDS[row % 3]}"'
        if row % 4:
            terms.append("resident = true")
            cells[3] = "True"
        terms.append(f"score < {1000 - row}")
        cells.append(f"< {1000 - row}")
        if row % 5 == 0:
            terms.append('(district = "futian" or district = "nanshan")')
            cells.append('? in ("futian", "nanshan")')
        else:
            cells.append(None)
        found.append({"feel": " and ".join(terms), "cells": cells, "output": f"r{row}"})
    return found


def _formulas() -> list[str]:
    first = "amount * 2 + age"
    return [first, *(f"(d{at} * 2 + score) - {at}" for at in range(1, GRAPH))]


def _graph_model() -> Model:
    data = ("amount", "age", "score")
    inputs = "".join(f'<inputData id="{name}" name="{name}"/>' for name in data)
    decisions = []
    for at, formula in enumerate(_formulas(), start=1):
        needs = "".join(
            f'<informationRequirement><requiredInput href="#{name}"/></informationRequirement>'
            for name in data
        )
        if at > 1:
            needs += (
                f'<informationRequirement><requiredDecision href="#d{at - 1}"/>'
                "</informationRequirement>"
            )
        decisions.append(
            f'<decision id="d{at}" name="d{at}"><variable name="d{at}"/>{needs}'
            f"<literalExpression><text>{formula}</text></literalExpression></decision>"
        )
    namespace = "https://www.omg.org/spec/DMN/20230324/MODEL/"
    text = f'<definitions xmlns="{namespace}" name="graph" namespace="urn:bench">{inputs}'
    return read_dmn(f"{text}{''.join(decisions)}</definitions>".encode())


def _table_answers(cases: list[dict[str, Any]]) -> list[Any]:
    model = _table_model()
    return [model.evaluate("outcome", case) for case in cases]


def _graph_answers(cases: list[dict[str, Any]]) -> list[Any]:
    model = _graph_model()
    return [float(model.evaluate(f"d{GRAPH}", case)) for case in cases]


def _rate(model: Model, decision: str, cases: list[dict[str, Any]], seconds: float) -> float:
    """Decisions a second of one core: processor time, the best of many short turns."""
    best = 0.0
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        start = time.process_time()
        for case in cases:
            model.evaluate(decision, case)
        best = max(best, len(cases) / max(time.process_time() - start, 1e-9))
    return best


def _agree(ours: list[Any], theirs: list[Any]) -> bool:
    def same(one: Any, other: Any) -> bool:
        if isinstance(one, float) and isinstance(other, int | float):
            return abs(one - other) <= 1e-6 * max(1.0, abs(one))
        return bool(one == other)

    return len(ours) == len(theirs) and all(map(same, ours, theirs))


Figures = dict[tuple[str, str], dict[str, Any]]


def _python_peers() -> Figures:
    python = WORK / "venv" / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(WORK / "venv")], check=True)
        install = [str(python), "-m", "pip", "install", "-qq", *PYTHON_PEERS]
        subprocess.run(install, check=True)
    return _figures([str(python), str(HOME / "peers" / "rules_python.py")])


def _node_peer() -> Figures:
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        return {}
    script = WORK / "rules_feelin.mjs"
    if not (WORK / "node_modules" / "feelin").exists():
        install = [npm, "install", "--silent", "--no-save", "--prefix", str(WORK), NODE_PEER]
        subprocess.run(install, check=True)
    script.write_bytes((HOME / "peers" / "rules_feelin.mjs").read_bytes())
    return _figures([node, str(script)])


def _figures(command: list[str]) -> Figures:
    told = subprocess.run(
        [*command, str(WORK / "work.json")], check=True, capture_output=True, text=True
    ).stdout
    return {(each["peer"], each["work"]): each for each in json.loads(told)}


if __name__ == "__main__":
    for line in run(quick="--quick" in sys.argv):
        print(line)
