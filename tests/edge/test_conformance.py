"""Every operation that `/openapi.json` tells of is tried with what it says it takes, and many with
what it says it does not: nothing is a crash, and each answer is one that the description tells of.

What is sent is drawn by Schemathesis from the description, the same at every run; it is sent by an
administrator, whose rights reach furthest, and by a guest.
"""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import FailureGroup, load_all_checks, not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.city import City, served

pytestmark = pytest.mark.slow

EXAMPLES = {GenerationMode.POSITIVE: 5, GenerationMode.NEGATIVE: 1}
STRIDE = {GenerationMode.POSITIVE: 1, GenerationMode.NEGATIVE: 4}
"""A wrong request takes nearly a second to draw, and a guest's is refused before it is read: those
are the administrator's only, one for each fourth operation."""

CHECKS = [
    not_a_server_error, status_code_conformance, content_type_conformance,
    response_schema_conformance,
]  # fmt: skip
ANSWER_SECONDS = 20
ELSEWHERE = ("/events", "/api/v1/log/stream", "/readyz")
"""Streams that never end, and what tells that a part of the city is away: tested elsewhere."""


@pytest.fixture(scope="module")
def address(city: City) -> Iterator[str]:
    with served(city) as found:
        yield found


@pytest.fixture(scope="module")
def operations(city: City) -> list[Any]:
    load_all_checks()
    told = city.client.get("/openapi.json").json()
    made = [one.ok() for one in schemathesis.openapi.from_dict(told).get_all_operations()]
    return [one for one in made if not one.path.startswith(ELSEWHERE)]


@pytest.mark.parametrize(
    ("by", "mode"),
    [
        ("admin", GenerationMode.POSITIVE),
        ("guest", GenerationMode.POSITIVE),
        ("admin", GenerationMode.NEGATIVE),
    ],
)
def test_every_operation_answers_as_it_is_described(
    city: City, address: str, operations: list[Any], mode: GenerationMode, by: str
) -> None:
    headers = city.as_(by)
    told = [
        fault
        for one in operations[:: STRIDE[mode]]
        for fault in _faults_of(one, mode, address, headers)
    ]

    assert len(operations) > 100
    assert told == []


def _faults_of(
    operation: Any, mode: GenerationMode, address: str, headers: dict[str, str]
) -> list[str]:
    """What is wrong with an operation, a line for each kind of fault, with what was sent."""

    @seed(4403)
    @settings(
        max_examples=EXAMPLES[mode], deadline=None, database=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=operation.as_strategy(generation_mode=mode))
    def tried(case: Any) -> None:
        answer = case.call(base_url=address, headers=headers, timeout=ANSWER_SECONDS)
        case.validate_response(answer, checks=CHECKS)

    try:
        tried()
    except FailureGroup as group:
        return [f"{operation.label}: {one.title}: {one.message}" for one in group.exceptions]
    except Unsatisfiable:
        # There is no wrong way to ask for what takes nothing.
        return []
    return []
