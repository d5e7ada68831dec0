"""Runs the work of the rules bench in bkflow-feel and SpiffWorkflow; prints figures as JSON."""

import json
import logging
import sys
import time
from types import SimpleNamespace

from bkflow_feel import parser, transformer
from bkflow_feel.api import parse_expression
from SpiffWorkflow.bpmn.script_engine.python_engine import PythonScriptEngine
from SpiffWorkflow.dmn.engine.DMNEngine import DMNEngine
from SpiffWorkflow.dmn.specs import model as spiff

NAMES = ("age", "amount", "kind", "resident", "score", "district")


def timed(decide, cases, seconds):
    """Decisions a second of one core: processor time, the best of many short turns."""
    best, end = 0.0, time.monotonic() + seconds
    while time.monotonic() < end:
        start = time.process_time()
        for case in cases:
            decide(case)
        best = max(best, len(cases) / max(time.process_time() - start, 1e-9))
    return best


def bkflow_table(work):
    def decide(case):
        for row in work["table"]:
            if parse_expression(row["feel"], case) is True:
                return row["output"]
        return None

    return decide


def bkflow_graph(work):
    def decide(case):
        context = dict(case)
        value = None
        for at, formula in enumerate(work["graph"], start=1):
            value = context[f"d{at}"] = parse_expression(formula, context)
        return value

    return decide


def kept_table(work):
    rows = [(transformer.transform(parser.parse(row["feel"])), row) for row in work["table"]]

    def decide(case):
        for condition, row in rows:
            if condition.evaluate(case) is True:
                return row["output"]
        return None

    return decide


def kept_graph(work):
    formulas = [transformer.transform(parser.parse(text)) for text in work["graph"]]

    def decide(case):
        context = dict(case)
        value = None
        for at, formula in enumerate(formulas, start=1):
            value = context[f"d{at}"] = formula.evaluate(context)
        return value

    return decide


def spiff_table(work):
    table = spiff.DecisionTable("table", "table", "FIRST")
    inputs = []
    for name in NAMES:
        clause = spiff.Input(name, name, name, name, "string")
        inputs.append(clause)
    output = spiff.Output("result", "result", "result", "string")
    for number, row in enumerate(work["table"], start=1):
        rule = spiff.Rule(str(number))
        rule.row_number = number
        for clause, cell in zip(inputs, row["cells"], strict=True):
            entry = spiff.InputEntry(f"{number}_{clause.id}", clause)
            entry.lhs = [cell]
            entry.text = cell
            rule.inputEntries.append(entry)
        given = spiff.OutputEntry(f"{number}_out", output)
        given.parsedRef = None
        given.text = f"{row['output']!r}"
        rule.outputEntries.append(given)
        table.rules.append(rule)
    engine, script = DMNEngine(table), PythonScriptEngine()
    workflow = SimpleNamespace(script_engine=script)

    def decide(case):
        task = SimpleNamespace(data=case, workflow=workflow)
        table.hit_policy = "UNIQUE"  # Its engine stops at the first row only under this policy.
        rows = engine.decide(task)
        return work["table"][rows[0].row_number - 1]["output"] if rows else None

    return decide


def main(path):
    logging.disable(logging.CRITICAL)
    with open(path) as file:
        work = json.load(file)
    peers = (
        ("bkflow-feel", "table", bkflow_table),
        ("bkflow-feel", "graph", bkflow_graph),
        ("bkflow-feel (trees kept)", "table", kept_table),
        ("bkflow-feel (trees kept)", "graph", kept_graph),
        ("SpiffWorkflow", "table", spiff_table),
    )
    figures = []
    for peer, kind, make in peers:
        decide = make(work)
        answers = [decide(case) for case in work["cases"]]
        rate = timed(decide, work["cases"], work["seconds"])
        figures.append({"peer": peer, "work": kind, "rate": rate, "answers": answers})
    print(json.dumps(figures))


main(sys.argv[1])
