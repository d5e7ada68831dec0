"""How old an input may be when something is decided by it.

A model declares it at its input data, as an extension that other tools keep:

    <inputData name="income"><extensionElements>
      <maximumAge xmlns="urn:pengcheng:rules">P30D</maximumAge>
    </extensionElements></inputData>
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

import msgspec
from lxml import etree

from pengcheng.engines.feel import DaysDuration, Value, parse_temporal
from pengcheng.engines.rules.model import Definitions, InputData
from pengcheng.kernel.errors import Fault, Refusal

EXTENSION = "urn:pengcheng:rules"
_TAG = f"{{{EXTENSION}}}maximumAge"


class Fact(msgspec.Struct, frozen=True, kw_only=True):
    """An input with where it comes from and the instant at which it was known to hold.

    `at` None: it is known now, as what was just computed or said is.
    """

    value: Value
    source: str = ""
    at: datetime | None = None


def maximum_age_element(duration: str) -> str:
    """The extension that declares an age, for whoever writes a model."""
    return f'<maximumAge xmlns="{EXTENSION}">{duration}</maximumAge>'


def maximum_ages(definitions: Definitions) -> Mapping[str, timedelta]:
    """The declared ages by the names of the inputs; refuses one that is no length of time."""
    found = {}
    for data in definitions.inputs:
        for text in _declared(data):
            age = parse_temporal(text)
            if not isinstance(age, DaysDuration) or age.nanos <= 0:
                raise Refusal("rules.age_unknown", name=data.name, found=text)
            found[data.name] = timedelta(microseconds=age.nanos // 1000)
    return found


def _declared(data: InputData) -> list[str]:
    return [
        "".join(each.itertext()).strip()
        for extra in data.extra
        if "maximumAge" in extra
        for each in etree.fromstring(extra).iter(_TAG)
    ]


def check_ages(ages: Mapping[str, timedelta], facts: Mapping[str, Fact], now: datetime) -> None:
    """Refuse to decide by inputs that are older than declared, each by its name and age."""
    faults = [
        Fault(
            path=f"/{name}",
            code="rules.input_too_old",
            facts={
                "name": name,
                "source": fact.source,
                "at": fact.at.isoformat(),
                "age": told(now - fact.at),
                "limit": told(limit),
            },
        )
        for name, limit in ages.items()
        if (fact := facts.get(name)) is not None and fact.at is not None
        if now - fact.at > limit
    ]
    if faults:
        raise Refusal("rules.too_old", faults=faults, names="、".join(f.path[1:] for f in faults))


def told(length: timedelta) -> str:
    """A length of time as ISO 8601 writes it."""
    return str(DaysDuration(int(length / timedelta(microseconds=1)) * 1000))
