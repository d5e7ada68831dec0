"""FEEL, the expression language of DMN 1.5: conditions and formulas for rules, rights, screens.

Compile once (`compile_expression`, `compile_unary_tests`), evaluate often. Pure and total: no
side effects, no clock but the one given, no exception but a `Refusal`; time, depth and size are
bounded by named limits. Values are those of `values.py`; `plain` brings them back to Python.
"""

from pengcheng.engines.feel import assembly as nodes
from pengcheng.engines.feel.clocks import asks_clock
from pengcheng.engines.feel.code_forms import invoke
from pengcheng.engines.feel.expression import (
    Expression,
    UnaryTests,
    Vocabulary,
    attempt_expression,
    attempt_unary_tests,
    compile_expression,
    compile_unary_tests,
)
from pengcheng.engines.feel.temporal import parse_temporal
from pengcheng.engines.feel.text import feel_text, plain
from pengcheng.engines.feel.values import (
    Date,
    DateTime,
    DaysDuration,
    Function,
    MonthsDuration,
    Range,
    Run,
    Time,
    Value,
    from_python,
    given_out,
)
from pengcheng.engines.feel.words import WORDS

__all__ = [
    "WORDS",
    "Date",
    "DateTime",
    "DaysDuration",
    "Expression",
    "Function",
    "MonthsDuration",
    "Range",
    "Run",
    "Time",
    "UnaryTests",
    "Value",
    "Vocabulary",
    "asks_clock",
    "attempt_expression",
    "attempt_unary_tests",
    "compile_expression",
    "compile_unary_tests",
    "feel_text",
    "from_python",
    "given_out",
    "invoke",
    "nodes",
    "parse_temporal",
    "plain",
]
