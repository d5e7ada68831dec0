"""Declarations that change in a running city: what is computed follows, open work goes on."""

from collections.abc import Callable
from typing import Any

import msgspec

from pengcheng import city as composition
from pengcheng.edge import housekeeping, pack_changes
from pengcheng.kernel.registry import Attribute, Registry
from pengcheng.kernel.words import Words
from tests.city import City

NAME = "deadline_rule"


def with_formula(registry: Registry, formula: str, kind: Any = "integer") -> Registry:
    """The same with a computed value at the deadlines."""
    type_ = registry.type_(NAME)
    made = Attribute(name="twice", kind=kind, label=Words("两倍", "Twice"), computed=formula)
    rest = tuple(item for item in type_.attributes if item.name != made.name)
    type_ = msgspec.structs.replace(type_, attributes=(*rest, made))
    return msgspec.structs.replace(registry, types={**registry.types, NAME: type_})


def held(city: City) -> list[tuple[int, int]]:
    return city.query(f'select amount, twice from city."{NAME}" order by code')


def test_what_is_computed_follows_its_formula_for_records_that_stood_before(
    fresh_city: City,
) -> None:
    city = fresh_city
    registry = city.services.registry
    city.run(pack_changes.apply, city.services, with_formula(registry, "amount * 2"))
    first = held(city)
    city.run(pack_changes.apply, city.services, with_formula(registry, "amount * 3"))
    second = held(city)
    versions = city.query(f'select distinct version from city."{NAME}"')
    told = city.query("select after ->> 'count' from log where kind = 'record.recomputed'")

    assert first
    assert all(twice == amount * 2 for amount, twice in first)
    assert all(twice == amount * 3 for amount, twice in second)
    assert versions == [(1,)]
    assert told == [(str(len(first)),)] * 2


def test_what_was_computed_by_nobody_is_computed_by_the_clock(fresh_city: City) -> None:
    """Whoever published was ended before recomputing."""
    city = fresh_city
    coming = with_formula(city.services.registry, "amount * 4")
    city.run(city.services.schema.apply, coming)
    city.run(composition.declare, city.services)
    assert all(twice is None for _, twice in held(city))
    assert city.query("select due_at > now() from timer where kind = 'objects.recompute'") == [
        (True,)
    ]

    city.query("update timer set due_at = now() where kind = 'objects.recompute' returning due_at")
    city.run(housekeeping.fire, city.services)

    assert all(twice == amount * 4 for amount, twice in held(city))
    assert city.query("select count(*) from timer where kind = 'objects.recompute'") == [(0,)]


def test_a_plan_keeps_the_process_by_which_open_cases_run(city: City) -> None:
    registry = city.services.registry
    kind = registry.case_kind("demand")
    old = registry.processes[kind.process]
    newer = msgspec.structs.replace(old, version=old.version + 1)
    coming = msgspec.structs.replace(registry, processes={**registry.processes, old.name: newer})
    plan: Callable[..., Any] = pack_changes.plan

    found = city.run(plan, city.services, coming)

    assert f"{old.name}@{old.version}" in found.registry.laws
    assert found.faults == ()


def test_a_field_of_cases_that_is_of_another_kind_keeps_the_values_that_fit(
    fresh_city: City,
) -> None:
    city = fresh_city
    kept, lost = (sent(city, address=text)["id"] for text in ("12", "梅亭路"))
    city.run(pack_changes.apply, city.services, with_kind(city.services.registry, "address"))
    city.run(composition.declare, city.services)

    held = [field(city, case) for case in (kept, lost)]
    fresh = field(city, sent(city, address=5)["id"])
    body = {"channel": "api", "fields": {**FIELDS, "address": "五号"}}
    wrong = city.client.post("/api/v1/cases/demand", json=body, headers=city.as_("citizen"))
    file = city.client.get("/api/v1/cases/demand/export", headers=city.as_("admin")).text
    former = city.query("select address from city.demand order by id")

    assert (held, fresh) == ([12, None], 5)
    assert (wrong.status_code, wrong.json()["faults"][0]["code"]) == (422, "integer.kind")
    assert "梅亭路" not in file
    assert set(former) == {("12",), (None,), ("梅亭路",)}


FIELDS = {"subject": "雨水口堵了", "body": "路口积水"}


def sent(city: City, **more: Any) -> dict[str, Any]:
    return city.send_case(fields={**FIELDS, **more})


def field(city: City, case_id: str) -> Any:
    answer = city.client.get(f"/api/v1/cases/demand/{case_id}", headers=city.as_("citizen"))
    return answer.json()["fields"].get("address")


def with_kind(registry: Registry, name: str) -> Registry:
    """The same with a field of demands that is a whole number."""
    type_ = registry.type_("demand")
    attributes = tuple(
        Attribute(name=name, kind="integer", label=item.label) if item.name == name else item
        for item in type_.attributes
    )
    type_ = msgspec.structs.replace(type_, attributes=attributes)
    return msgspec.structs.replace(registry, types={**registry.types, "demand": type_})
