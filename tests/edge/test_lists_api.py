"""Many values and tables over REST, in files, in the log, through a change of the declaration."""

from typing import Any

import msgspec
import pytest

from pengcheng import city as composition
from pengcheng.edge import pack_changes
from pengcheng.kernel.errors import Refusal
from pengcheng.kernel.registry import Registry
from tests.city import City
from tests.home_aids import install

HOMES, CASES = "/api/v1/home", "/api/v1/cases/aid_application"
PEOPLE = [
    {"who": "示例甲", "tie": "head", "born": "1950-01-02"},
    {"who": "示例 | 乙", "tie": "spouse", "born": None},
]
ITEMS = [{"what": "扶手", "count": 2, "price": 80.5}, {"what": "坡道", "count": 1, "price": 900}]


@pytest.fixture(scope="module")
def homes(city: City, tmp_path_factory: pytest.TempPathFactory) -> City:
    return install(city, tmp_path_factory.mktemp("home_aids"))


def add(city: City, title: str, **more: Any) -> Any:
    return city.client.post(HOMES, json={"title": title, **more}, headers=city.as_("clerk"))


def added(city: City, title: str, **more: Any) -> dict[str, Any]:
    answer = add(city, title, **more)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def titles(city: City, **query: str) -> list[str]:
    answer = city.client.get(HOMES, params=query, headers=city.as_("clerk"))
    assert answer.status_code == 200, answer.text
    return sorted(item["title"] for item in answer.json()["items"])


def faults(answer: Any) -> list[tuple[str, str]]:
    assert answer.status_code == 422, answer.text
    return [(fault["path"], fault["code"]) for fault in answer.json()["faults"]]


def test_lists_and_tables_come_out_as_they_went_in(homes: City) -> None:
    near = added(homes, "邻居")
    made = added(homes, "一号", aids=["ramp", "rail"], nicknames=["老屋; 东头", "a\\b"],
                 near=[near["code"]], people=PEOPLE)  # fmt: skip
    assert (made["aids"], made["near"]) == (["ramp", "rail"], [near["id"]])
    assert (made["people"], made["how_many"]) == (PEOPLE, 2)
    path = f"{HOMES}/{made['code']}"
    body = {"version": made["version"], "people": made["people"][:1]}
    changed = homes.client.patch(path, json=body, headers=homes.as_("clerk")).json()
    assert (changed["people"], changed["how_many"], changed["aids"]) == (
        PEOPLE[:1], 1, ["ramp", "rail"],
    )  # fmt: skip
    logged = homes.query(
        "select before -> 'people' -> 1 ->> 'who', jsonb_array_length(after -> 'people') from log"
        " where kind = 'record.changed' and subject_id = %s", made["id"],
    )  # fmt: skip
    assert logged == [("示例 | 乙", 1)]


def test_every_fault_of_a_list_and_a_table_is_told_with_its_place(homes: City) -> None:
    wrong = add(
        homes, "二号", aids=["rail", "stairs", "rail"], near=["HM99999"],
        people=[{"who": "示例甲"}, {"who": "示例乙", "tie": "head", "age": 3}, "x"],
    )  # fmt: skip
    assert faults(wrong) == [
        ("/aids/1", "code.unknown"), ("/aids/2", "list.twice"), ("/near/0", "reference.form"),
        ("/people/0/tie", "field.required"), ("/people/1/age", "field.unknown"),
        ("/people/2", "record.kind"),
    ]  # fmt: skip
    message = {fault["path"]: fault["message"] for fault in wrong.json()["faults"]}
    assert message["/people/0/tie"] == "同住人第 1 行“关系”：请填写关系"
    unknown = "01890000-0000-7000-8000-000000000001"
    assert faults(add(homes, "二号", near=[unknown])) == [("/near/0", "reference.unknown")]
    two_heads = [{"who": "甲", "tie": "head"}, {"who": "乙", "tie": "head"}]
    assert faults(add(homes, "二号", people=two_heads)) == [("/people", "rule.broken")]


def test_lists_are_filtered_by_what_they_hold(homes: City) -> None:
    added(homes, "F1", aids=["lift", "alarm"], people=[{"who": "f", "tie": "child"}])
    added(homes, "F2", aids=["alarm"], people=[{"who": "g", "tie": "child", "born": "2001-02-03"}])
    added(homes, "F3")
    only = {"title.has": "F"}
    assert titles(homes, aids="alarm", **only) == ["F1", "F2"]
    assert titles(homes, **{"aids.has": "lift"}, **only) == ["F1"]
    assert titles(homes, **{"aids.in": "lift,ramp"}, **only) == ["F1"]
    assert titles(homes, **{"people.tie": "child", "people.born": "2001-02-03"}) == ["F2"]
    assert titles(homes, **{"people.who.in": "f,g"}) == ["F1", "F2"]
    for query in ({"aids.lt": "x"}, {"aids.ne": "lift"}, {"people.tie.ne": "child"}):
        answer = homes.client.get(HOMES, params=query, headers=homes.as_("clerk"))
        assert [code for _, code in faults(answer)] == ["query.operator"]
    for query in ({"people": "x"}, {"how_many": "2"}):
        answer = homes.client.get(HOMES, params=query, headers=homes.as_("clerk"))
        assert [code for _, code in faults(answer)] == ["query.unindexed"]
    answer = homes.client.get(HOMES, params={"sort": "aids"}, headers=homes.as_("clerk"))
    assert faults(answer) == [("/sort", "query.sort")]
    assert "id, code, changed_at" in answer.json()["faults"][0]["message"]
    assert "index: true" in answer.json()["faults"][0]["message"]
    newest = homes.client.get(HOMES, params={"sort": "-changed_at"}, headers=homes.as_("clerk"))
    times = [item["changed_at"] for item in newest.json()["items"]]
    assert times == sorted(times, reverse=True)


def test_lists_and_tables_have_the_indexes_that_their_filters_ask(homes: City) -> None:
    found = homes.query(
        "select substring(indexdef from 'USING (.*)') from pg_indexes where schemaname = 'city'"
        " and tablename = 'home' and indexdef like '%%USING gin%%' order by 1"
    )
    pieces = r"'(.)'::text, '\1\1\1'::text, 'g'::text) gin_trgm_ops)"
    assert found == [
        ("gin (aids)",), ("gin (people jsonb_path_ops)",),
        (f'gin (regexp_replace("title$1", {pieces}',),
    ]  # fmt: skip


@pytest.mark.parametrize("kind", ["csv", "xlsx", "ndjson"])
def test_what_is_exported_is_taken_in_again_the_same(homes: City, kind: str) -> None:
    near = added(homes, f"{kind} 邻居")
    made = added(homes, kind, aids=["ramp", "rail"], nicknames=["老屋; 东头", "a|b\\"],
                 near=[near["id"]], people=PEOPLE)  # fmt: skip
    query = {"format": kind, "code": made["code"]}
    file = homes.client.get(HOMES, params=query, headers=homes.as_("clerk"))
    for table in ("record", "city.home"):
        statement = f"update {table} set code = code || '-before' where id = %s returning 1"
        homes.query(statement, made["id"])
    media = file.headers["content-type"]
    answer = homes.client.post(
        f"{HOMES}/import", content=file.content, headers=homes.as_("clerk", content_type=media)
    )
    assert answer.json().get("added") == 1, answer.text
    again = homes.client.get(f"{HOMES}/{made['code']}", headers=homes.as_("clerk")).json()
    same = ("title", "aids", "nicknames", "near", "people", "how_many")
    assert {name: again[name] for name in same} == {name: made[name] for name in same}


def test_faults_of_a_file_are_told_by_row_and_place(homes: City) -> None:
    content = 'title,aids,people\n一,rail;stairs,"who | tie\n甲 | head\n乙 | uncle"\n'
    answer = homes.client.post(
        f"{HOMES}/import", content=content.encode(),
        headers=homes.as_("clerk", content_type="text/csv"),
    )  # fmt: skip
    told = [(fault["row"], fault["path"]) for fault in answer.json()["faults"]]
    assert told == [(1, "/aids/1"), (1, "/people/1/tie")]


def apply_for(city: City, **fields: Any) -> Any:
    body = {"channel": "api", "fields": {"home": "一号", "wanted": ["rail"], **fields}}
    return city.client.post(CASES, json=body, headers=city.as_("citizen"))


def test_a_case_has_totals_of_its_rows_and_its_effect_takes_the_list(homes: City) -> None:
    wrong = apply_for(homes, items=[{"what": "扶手", "count": 0, "price": 5}])
    assert [code for _, code in faults(wrong)] == ["number.too_low"]
    assert faults(wrong)[0][0].endswith("/items/0/count")
    dear = apply_for(homes, items=[{"what": "扶手", "count": 300, "price": 80}])
    assert [code for _, code in faults(dear)] == ["rule.broken"]

    answer = apply_for(homes, items=ITEMS, wanted=["rail", "ramp"])
    assert answer.status_code == 201, answer.text
    case = answer.json()
    fields = homes.client.get(f"{CASES}/{case['id']}", headers=homes.as_("clerk")).json()["fields"]
    assert [row["cost"] for row in fields["items"]] == [161.0, 900.0]
    assert fields["total"] == 1061.0
    done = homes.act("clerk", case, "approve", kind="aid_application")
    assert done.status_code == 200, done.text
    made = homes.query("select title, aids from city.home order by id desc limit 1")
    assert made == [("一号", ["rail", "ramp"])]


def test_openapi_tells_of_lists_tables_and_their_filters(homes: City) -> None:
    told = homes.client.get("/openapi.json").json()
    schemas = told["components"]["schemas"]
    (name,) = [one for one in schemas if one.lower() in {"newhome", "home.new", "home_new"}]
    properties = schemas[name]["properties"]
    aids, people = (properties[key]["anyOf"][0] for key in ("aids", "people"))
    assert (aids["type"], aids["uniqueItems"], aids["maxItems"]) == ("array", True, 3)
    assert people["items"]["required"] == ["who", "tie"]
    filters = {one["name"] for one in told["paths"]["/api/v1/home"]["get"]["parameters"]}
    assert {"aids", "people.tie", "people.born"} <= filters


def with_one_aid(registry: Registry, *, many: bool) -> Registry:
    """The same where a home has one aid, or many."""
    type_ = registry.type_("home")
    attributes = tuple(
        msgspec.structs.replace(item, many=many, high=None, stored_as=None)
        if item.name == "aids" else msgspec.structs.replace(item, stored_as=None)
        for item in type_.attributes
    )  # fmt: skip
    type_ = msgspec.structs.replace(type_, attributes=attributes)
    return msgspec.structs.replace(registry, types={**registry.types, "home": type_})


def test_one_value_becomes_many_online_and_not_back_where_some_would_be_lost(homes: City) -> None:
    many = added(homes, "多", aids=["rail", "lift"])
    one = added(homes, "单", aids=["lift"])
    registry = homes.services.registry
    with pytest.raises(Refusal) as refused:
        homes.run(pack_changes.apply, homes.services, with_one_aid(registry, many=False))
    lost = [(fault.code, fault.facts["attribute"]) for fault in refused.value.faults]
    assert lost == [("schema.many_values", "aids")]

    homes.query("update city.home set aids = aids[1:1] where cardinality(aids) > 1 returning 1")
    homes.run(pack_changes.apply, homes.services, with_one_aid(registry, many=False))
    homes.run(composition.declare, homes.services)
    read = homes.client.get(f"{HOMES}/{one['code']}", headers=homes.as_("clerk")).json()
    assert read["aids"] == "lift"
    homes.run(pack_changes.apply, homes.services, with_one_aid(registry, many=True))
    homes.run(composition.declare, homes.services)
    read = homes.client.get(f"{HOMES}/{many['code']}", headers=homes.as_("clerk")).json()
    assert read["aids"] == ["rail"]
    assert "单" in titles(homes, aids="lift")
