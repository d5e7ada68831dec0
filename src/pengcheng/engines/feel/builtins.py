"""All built-in functions of FEEL by name."""

from collections.abc import Mapping
from itertools import chain

from pengcheng.engines.feel import (
    builtins_contexts,
    builtins_lists,
    builtins_numbers,
    builtins_ranges,
    builtins_texts,
    builtins_times,
)
from pengcheng.engines.feel.built_in import BuiltIn

BUILT_INS: Mapping[str, BuiltIn] = {
    function.name: function
    for function in chain(
        builtins_numbers.FUNCTIONS,
        builtins_texts.FUNCTIONS,
        builtins_lists.FUNCTIONS,
        builtins_times.FUNCTIONS,
        builtins_ranges.FUNCTIONS,
        builtins_contexts.FUNCTIONS,
    )
}
