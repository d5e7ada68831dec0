"""Sets of numbers as ranges obey the laws of sets."""

from hypothesis import given
from hypothesis import strategies as st

from pengcheng.kernel.areas import ancestor, area_no, area_span, code_of
from pengcheng.kernel.ids import new_id, to_id
from pengcheng.kernel.ranges import EVERYTHING, NOTHING, NUMBER_MAX, Ranges, ranges

UNIVERSE = range(40)
SPANS = st.lists(st.tuples(st.integers(0, 39), st.integers(0, 40)), max_size=8)


def numbers(found: Ranges) -> set[int]:
    return {number for low, high in found.spans for number in range(low, high)}


def covered(spans: list[tuple[int, int]]) -> set[int]:
    return {number for low, high in spans for number in range(low, high)}


@given(SPANS)
def test_a_set_holds_exactly_the_numbers_of_its_spans(spans: list[tuple[int, int]]) -> None:
    made = ranges(spans)

    assert {number for number in UNIVERSE if made.holds(number)} == covered(spans)


@given(SPANS)
def test_spans_are_sorted_apart_and_never_empty(spans: list[tuple[int, int]]) -> None:
    flat = [edge for span in ranges(spans).spans for edge in span]

    assert flat == sorted(set(flat))


@given(SPANS, SPANS)
def test_union_and_intersection_are_those_of_sets(
    left: list[tuple[int, int]], right: list[tuple[int, int]]
) -> None:
    a, b = ranges(left), ranges(right)

    assert numbers(a | b) == covered(left) | covered(right)
    assert numbers(a & b) == covered(left) & covered(right)


@given(SPANS, SPANS, SPANS)
def test_the_laws_of_a_lattice_hold(
    left: list[tuple[int, int]], middle: list[tuple[int, int]], right: list[tuple[int, int]]
) -> None:
    a, b, c = ranges(left), ranges(middle), ranges(right)

    assert (a | b) | c == a | (b | c)
    assert (a & b) & c == a & (b & c)
    assert (a | b, a & b) == (b | a, b & a)
    assert (a | (a & b), a & (a | b)) == (a, a)
    assert a & (b | c) == (a & b) | (a & c)
    assert (a | NOTHING, a & NOTHING) == (a, NOTHING)
    assert (a | EVERYTHING, a & EVERYTHING) == (EVERYTHING, a)


@given(SPANS)
def test_an_unknown_number_is_in_the_whole_only(spans: list[tuple[int, int]]) -> None:
    assert not ranges(spans).holds(None)
    assert EVERYTHING.holds(None)
    assert not EVERYTHING.holds(NUMBER_MAX)


@given(SPANS, st.integers(min_value=-5, max_value=45))
def test_a_number_outside_every_span_is_not_held(spans: list[tuple[int, int]], number: int) -> None:
    assert ranges(spans).holds(number) == (number in covered(spans))


CODES = st.tuples(
    st.sampled_from(["4403"]), st.integers(0, 99), st.integers(0, 999), st.integers(0, 999)
).map(lambda parts: f"{parts[0]}{parts[1]:02}{parts[2]:03}{parts[3]:03}")


@given(CODES, st.sampled_from(["city", "district", "sub_district", "community", "grid"]))
def test_an_area_lies_in_the_range_of_each_area_above_it(code: str, level: str) -> None:
    low, high = area_span(ancestor(code, level))  # type: ignore[arg-type]  # one of the levels

    assert low <= area_no(code) < high


@given(CODES)
def test_a_code_is_its_number_and_back(code: str) -> None:
    assert code_of(area_no(code)) == code


def test_ids_sort_by_the_time_of_their_making() -> None:
    made = [new_id() for _ in range(2000)]

    assert sorted(made, key=lambda found: found.int >> 80) == made
    assert len(set(made)) == 2000
    assert {found.version for found in made} == {7}


@given(st.uuids())
def test_an_id_is_read_back_and_its_odd_spellings_are_not(found: object) -> None:
    text = str(found)

    assert to_id(text) == found
    assert to_id(text.upper()) == found
    assert to_id("{" + text.replace("-", "") + "}--") is None
    assert to_id(text.replace("-", "_")) is None
    assert to_id(text + " ") is None
    assert to_id(17) is None
