"""Runs a checkout of OMG's public DMN Technology Compatibility Kit against the rules engine.

The kit is a folder of DMN files, each with test cases in XML: inputs, and the expected result of
decisions, decision services or knowledge models. Its files are read as they are; none is kept.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
from lxml import etree

from pengcheng.engines.feel import Value, compile_expression, plain
from pengcheng.engines.rules import Model, read_dmn
from pengcheng.kernel.errors import Absent, Refusal
from pengcheng.kernel.time import SystemClock

LEVELS = ("compliance-level-2", "compliance-level-3")
# Cases call functions of the Java library, which no engine outside Java has.
JAVA_BOUND = frozenset({"0076-feel-external-java"})
# The kit writes some irrational results with eight decimals.
TOLERANCE = Decimal("1e-8")
_NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
_MAKERS = {
    "date": "date",
    "time": "time",
    "dateTime": "date and time",
    "duration": "duration",
    "dayTimeDuration": "duration",
    "yearMonthDuration": "duration",
}
_NUMBERS = frozenset({"decimal", "double", "integer", "int", "float", "long"})
_FROM_TEXT = {
    name: compile_expression(f"{function}(text)", ["text"]) for name, function in _MAKERS.items()
}
_EQUAL = compile_expression("is(one, other)", ["one", "other"])


class Outcome(msgspec.Struct, frozen=True):
    """One result node of one case."""

    level: str
    group: str
    case: str
    node: str
    expected: str
    found: str
    passed: bool

    @property
    def java_bound(self) -> bool:
        """Whether the case needs a Java library."""
        return self.group in JAVA_BOUND


class Tally(msgspec.Struct):
    """Passed and all, of a level or a group."""

    passed: int = 0
    total: int = 0

    @property
    def rate(self) -> float:
        """The part that passed, from 0 to 1."""
        return self.passed / self.total if self.total else 0.0


def test_cases_folder(given: Path) -> Path:
    """The folder of the levels; refuses a folder that holds none."""
    for folder in (given, given / "TestCases"):
        if any((folder / level).is_dir() for level in LEVELS):
            return folder
    raise Refusal("rules.no_tck", folder=str(given), wanted=list(LEVELS))


def outcomes(folder: Path) -> Iterator[Outcome]:
    """Every result node of the kit, run."""
    for level in LEVELS:
        for group in sorted(path for path in (folder / level).glob("*") if path.is_dir()):
            yield from _group(level, group)


def _group(level: str, group: Path) -> Iterator[Outcome]:
    files = {path.name: path.read_bytes() for path in sorted(group.glob("*.dmn"))}
    for path in sorted(group.glob("*-test-*.xml")):
        root = etree.fromstring(path.read_bytes())
        named = (root.findtext("{*}modelName") or "").strip()
        model = _model(files, named or next(iter(files), ""))
        for case in root.iterfind("{*}testCase"):
            for node in case.iterfind("{*}resultNode"):
                yield _outcome(level, group.name, model, case, node)


def _model(files: Mapping[str, bytes], name: str) -> Model | Refusal:
    """The model under test with the others of its folder that it imports, in any depth."""
    loaded: dict[str, Model] = {}
    waiting = {each: data for each, data in files.items() if each != name}
    try:
        while waiting:
            before = len(waiting)
            for each in list(waiting):
                model = read_dmn(waiting[each], loaded.values())
                if not any(fault.code == "rules.missing_import" for fault in model.faults):
                    loaded[each] = model
                    del waiting[each]
            if len(waiting) == before:
                break
        return read_dmn(files.get(name, b""), loaded.values())
    except Refusal as refusal:
        return refusal


def _outcome(level: str, group: str, model: Model | Refusal, case: Any, node: Any) -> Outcome:
    expected = _value(node.find("{*}expected"))
    name = node.get("name", "")
    try:
        found = _run(model, case, name)
    except (Refusal, Absent) as fault:
        return Outcome(
            level, group, case.get("id", ""), name, _told(expected), str(fault), passed=False
        )
    passed = _agrees(expected, found)
    return Outcome(
        level, group, case.get("id", ""), name, _told(expected), _told(found), passed=passed
    )


def _run(model: Model | Refusal, case: Any, name: str) -> Value:
    if isinstance(model, Refusal):
        raise model
    inputs: dict[str, Value] = {}
    for node in case.iterfind("{*}inputNode"):
        inputs[node.get("name", "")] = _value(node)
    kind, invocable = case.get("type", "decision"), case.get("invocableName") or name
    clock = SystemClock()
    if kind == "decisionService":
        value = model.call(invocable, inputs, clock=clock)
        return value[name] if isinstance(value, dict) and name in value else value
    if kind == "bkm":
        return model.call(invocable, inputs, clock=clock)
    return model.evaluate(name, inputs, clock=clock)


def _value(node: Any) -> Value:
    """The value that a node of the kit writes: a list, a context, or one typed text."""
    if node is None:
        return None
    for child in node:
        if not isinstance(child.tag, str):
            continue
        name = etree.QName(child).localname
        if name == "list":
            return (
                None
                if child.get(_NIL) == "true"
                else [_value(item) for item in child.iterfind("{*}item")]
            )
        if name == "value":
            return _scalar(child)
        if name == "component":
            return {part.get("name"): _value(part) for part in node.iterfind("{*}component")}
    return None


def _scalar(node: Any) -> Value:
    if node.get(_NIL) in ("true", "1"):
        return None
    text = node.text or ""
    kind = (node.get(_TYPE) or "string").rpartition(":")[2]
    if kind == "boolean":
        return text.strip() in ("true", "1")
    if kind in _NUMBERS:
        return Decimal(text.strip())
    maker = _FROM_TEXT.get(kind)
    return text if maker is None else maker.evaluate({"text": text.strip()})


def _agrees(expected: Value, found: Value) -> bool:
    if isinstance(expected, Decimal) and isinstance(found, Decimal):
        return abs(expected - found) <= TOLERANCE * max(Decimal(1), abs(expected))
    if isinstance(expected, list) and isinstance(found, list):
        return len(expected) == len(found) and all(map(_agrees, expected, found))
    if isinstance(expected, dict) and isinstance(found, dict):
        return expected.keys() == found.keys() and all(
            _agrees(expected[name], found[name]) for name in expected
        )
    if expected is None or found is None:
        return expected is found
    return _EQUAL.evaluate({"one": expected, "other": found}) is True


def _told(value: Value) -> str:
    return str(plain(value))[:200]
