"""A bench that takes minutes tells its parts, and one part can be asked for."""

import pytest

from pengcheng.kernel.errors import Absent
from pengcheng.ops import bench


def test_a_part_that_there_is_not_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(Absent) as refused:
        bench._load("demands", "nothing")

    assert refused.value.facts["known"] == "accepting, reading, history"


def test_a_bench_without_parts_refuses_any() -> None:
    with pytest.raises(Absent):
        bench._load("classifier", "accepting")
