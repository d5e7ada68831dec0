"""Strict YAML 1.2: what is refused, at which line; and that all faults come at once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pengcheng.pack.faults import Faults
from pengcheng.pack.nodes import plain, read_yaml


def read(text: str) -> tuple[object, list[tuple[int, str]]]:
    """The plain value of a text, and line and code of each fault."""
    faults = Faults()
    document = read_yaml(text, "p/x.yaml", faults)
    value = plain(document.root) if document else None
    return value, [(fault.line, fault.code) for fault in faults.found]


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("12", 12),
        ("-0.5", -0.5),
        ("0x1F", 31),
        ("0o17", 15),
        ("017", 17),
        ("1e3", 1000.0),
        ("true", True),
        ("yes", "yes"),
        ("no", "no"),
        ("on", "on"),
        ("~", None),
        ("null", None),
        ("2026-03-01", "2026-03-01"),
        ("12:30:45", "12:30:45"),
        ("1_000", "1_000"),
        ('"12"', "12"),
        ("'true'", "true"),
        ("9" * 50, "9" * 50),
    ],
)
def test_scalars_are_those_of_yaml_1_2(written: str, value: object) -> None:
    assert read(f"a: {written}\n") == ({"a": value}, [])


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("a: 1\na: 2\n", [(2, "yaml.twice")]),
        ("a: &x 1\nb: *x\n", [(1, "yaml.alias"), (2, "yaml.alias")]),
        ("a: {<<: 1}\n", [(1, "yaml.merge")]),
        ("a: !!str 1\n", [(1, "yaml.tag")]),
        ("a: !python/object 1\n", [(1, "yaml.tag")]),
        ("a: 1\n---\nb: 2\n", [(2, "yaml.documents")]),
        ("%YAML 1.1\n---\na: 1\n", [(2, "yaml.version")]),
        ("? [1]\n: 2\n", [(1, "yaml.key")]),
        ("a: [1\n", [(2, "yaml.syntax")]),
        ("a:\n\tb: 1\n", [(2, "yaml.syntax")]),
        ("a: \x07\n", [(1, "yaml.syntax")]),
    ],
)
def test_what_is_not_plain_is_refused_at_its_line(text: str, faults: list[tuple[int, str]]) -> None:
    assert read(text)[1] == faults


def test_limits_are_named_refusals() -> None:
    assert read("a: " + "[" * 30 + "]" * 30)[1] == [(1, "yaml.deep")]
    assert ("yaml.many") in [code for _, code in read("[" + "1," * 60_100 + "]")[1]]
    assert read("a: " + "x" * 600_000)[1] == [(1, "file.too_large")]


def test_reading_goes_on_after_a_fault() -> None:
    value, faults = read("a: &x 1\nb: {c: 1, c: 2}\nd: !!int 3\n")
    assert value == {"a": 1, "b": {"c": 1}, "d": "3"}
    assert [line for line, _ in faults] == [1, 2, 3]


@given(st.text(max_size=200))
def test_any_text_gives_a_value_or_faults_never_an_error(text: str) -> None:
    read(text)
