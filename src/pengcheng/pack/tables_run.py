"""Decision tables of packs on the rules engine: as DMN 1.5 in, values out.

A declared table is written as the DMN it means and read by the engine's own front door, so that a
story tries exactly what will run.
"""

from collections.abc import Mapping
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from pengcheng.engines.feel import Vocabulary, attempt_expression
from pengcheng.engines.rules import Model, maximum_age_element, read_dmn
from pengcheng.kernel.registry import DecisionTable

NAMESPACE = "https://www.omg.org/spec/DMN/20230324/MODEL/"
_POLICIES = {
    "unique": "UNIQUE", "first": "FIRST", "any": "ANY", "priority": "PRIORITY",
    "collect": "COLLECT", "rule_order": "RULE ORDER", "output_order": "OUTPUT ORDER",
}  # fmt: skip


def model_of(table: DecisionTable) -> Model:
    """The compiled model of a table; its only decision has the table's name."""
    return read_dmn(dmn_of(table).encode())


def decide(table: DecisionTable, facts: Mapping[str, Any]) -> Any:
    """What a table gives for facts: its output, or its outputs by name; lists when it collects."""
    return model_of(table).evaluate(table.name, facts)


def dmn_of(table: DecisionTable) -> str:
    """The table as a DMN 1.5 file."""
    read: dict[str, str] = {}
    for key, expression in table.inputs:
        for name in attempt_expression(expression, Vocabulary()).inputs:
            read[name] = read.get(name) or table.ages.get(key, "")
    data = [
        f"<inputData id={quoteattr('input.' + name)} name={quoteattr(name)}>{_aged(age)}"
        f"<variable name={quoteattr(name)}/></inputData>"
        for name, age in read.items()
    ]
    needs = [
        f"<informationRequirement><requiredInput href={quoteattr('#input.' + name)}/>"
        "</informationRequirement>"
        for name in read
    ]
    inputs = [
        f"<input label={quoteattr(name)}><inputExpression><text>{escape(expression)}</text>"
        "</inputExpression></input>"
        for name, expression in table.inputs
    ]
    outputs = [f"<output name={quoteattr(name)}/>" for name in table.outputs]
    rules = [_rule(table, row) for row in table.rows]
    return (
        f'<definitions xmlns="{NAMESPACE}" name={quoteattr(table.name)}'
        f" namespace={quoteattr('urn:pengcheng:' + table.pack)}>{''.join(data)}"
        f"<decision id={quoteattr(table.name)} name={quoteattr(table.name)}>"
        f"<variable name={quoteattr(table.name)}/>{''.join(needs)}"
        f"<decisionTable hitPolicy={quoteattr(_POLICIES[table.hit])}>"
        f"{''.join(inputs)}{''.join(outputs)}{''.join(rules)}"
        "</decisionTable></decision></definitions>"
    )


def _aged(age: str) -> str:
    if not age:
        return ""
    return f"<extensionElements>{maximum_age_element(age)}</extensionElements>"


def _rule(table: DecisionTable, row: Mapping[str, Any]) -> str:
    tests = [row["when"].get(name, "-") for name, _ in table.inputs]
    values = [row["then"].get(name, "null") for name in table.outputs]
    cells = [f"<inputEntry><text>{escape(text)}</text></inputEntry>" for text in tests]
    cells += [f"<outputEntry><text>{escape(text)}</text></outputEntry>" for text in values]
    basis = row.get("basis")
    described = f"<description>{escape(basis)}</description>" if basis else ""
    return f"<rule>{described}{''.join(cells)}</rule>"
