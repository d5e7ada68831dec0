"""For each role × action × type × area: allowed exactly as rights.yaml declares, recomputed here
from the file itself."""

from collections.abc import Iterator, Mapping
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from pengcheng import pack
from pengcheng.kernel.areas import area_no, area_ranges
from pengcheng.kernel.authz import Actor, Facts, Post, Rights
from pengcheng.kernel.ids import new_id
from pengcheng.kernel.ranges import Ranges

PACKS = Path(__file__).parents[2] / "packs"
LEVELS = {"public": 1, "internal": 2, "personal": 3, "sealed": 4}
REGISTRY = pack.load(pack.find(PACKS))
RIGHTS = Rights(REGISTRY.rights)
FUTIAN, MEILIN, NANSHAN = "440304000000", "440304007000", "440305000000"
MINE, UNIT, OTHER = new_id(), Ranges(((1000, 2000),)), new_id()
ACCOUNT = new_id()


def declared() -> Iterator[tuple[str, str, str, Mapping[str, Any]]]:
    """(type, action, role, row) of every rights.yaml."""
    for path in sorted(PACKS.glob("*/rights.yaml")):
        for type_, actions in YAML(typ="safe").load(path)["rights"].items():
            for action, roles in actions.items():
                for role, rows in roles.items():
                    for row in rows if isinstance(rows, list) else [rows]:
                        yield type_, action, role, row


ROWS = list(declared())
TYPES = sorted({row[0] for row in ROWS})
ROLES = sorted({row[2] for row in ROWS} | set(REGISTRY.roles))
WORLD = [
    Facts(
        area_no=None if area is None else area_no(area),
        organisation_no=organisation,
        owners=owners,
        assignees=assignees,
        sensitivity=sensitivity,
    )
    for area, organisation, owners, assignees, sensitivity in product(
        [MEILIN, FUTIAN, NANSHAN, None],
        [1000, 1999, 2000, None],
        [frozenset(), frozenset({MINE}), frozenset({OTHER})],
        [frozenset(), frozenset({ACCOUNT})],
        [1, 2, 3, 4],
    )
]


def actor(role: str) -> Actor:
    post = Post(role=role, organisation_id=new_id(), organisations=UNIT, areas=area_ranges(FUTIAN))
    return Actor(kind="official", account_id=ACCOUNT, person_id=MINE, posts=(post,))


def says(row: Mapping[str, Any], facts: Facts) -> bool:
    """What a row of the file means, in the words of the design."""
    in_area = facts.area_no is not None and str(facts.area_no).startswith("440304")
    in_unit = facts.organisation_no is not None and 1000 <= facts.organisation_no < 2000
    reaches = {
        "all": True,
        "area": in_area,
        "organisation": in_unit,
        "organisation_in_area": in_area and in_unit,
        "own": MINE in facts.owners,
        "assigned": ACCOUNT in facts.assignees,
    }
    limit = LEVELS[row.get("sensitivity", "internal")]
    return reaches[row["over"]] and facts.sensitivity <= limit


def test_the_file_and_the_registry_hold_the_same_rows() -> None:
    assert len(ROWS) == len(REGISTRY.rights) > 200
    assert not any(row.where for row in REGISTRY.rights)


@pytest.mark.parametrize("type_", TYPES)
def test_allowed_exactly_as_declared(type_: str) -> None:
    actions = sorted({row[1] for row in ROWS if row[0] == type_} | {"undeclared"})
    for action, role in product(actions, ROLES):
        rows = [r for t, a, who, r in ROWS if (t, a, who) == (type_, action, role)]
        scope = RIGHTS.scope(actor(role), action, type_)
        for facts in WORLD:
            wanted = any(says(row, facts) for row in rows)
            assert scope.holds(facts) == wanted, (role, action, facts)
            assert bool(RIGHTS.why(actor(role), action, type_, facts)) == wanted


@pytest.mark.parametrize("role", ROLES)
def test_a_type_that_is_not_declared_is_nobodys(role: str) -> None:
    scope = RIGHTS.scope(actor(role), "read", "undeclared")

    assert scope.is_empty
    assert scope.sensitivity == 0


@pytest.mark.parametrize("role", ROLES)
def test_a_post_without_organisation_or_area_reaches_only_what_is_over_all_or_own(
    role: str,
) -> None:
    bare = Actor(kind="official", account_id=ACCOUNT, posts=(Post(role=role),))
    for right in REGISTRY.rights:
        scope = RIGHTS.scope(bare, right.action, right.type)
        kinds = {r.over for r in RIGHTS.of(role, right.action, right.type)}
        assert scope.is_empty == (not kinds & {"all", "assigned"})


def test_a_thousand_posts_make_no_more_regions_than_one() -> None:
    posts = tuple(
        Post(
            role="clerk",
            organisation_id=new_id(),
            organisations=Ranges(((at * 10, at * 10 + 5),)),
            areas=area_ranges(FUTIAN),
        )
        for at in range(1000)
    )
    many = RIGHTS.scope(Actor(kind="official", posts=posts), "read", "demand")
    one = RIGHTS.scope(Actor(kind="official", posts=posts[:1]), "read", "demand")

    assert len(many.regions) == len(one.regions)
    assert many.holds(Facts(organisation_no=9_994, sensitivity=3))
    assert not many.holds(Facts(organisation_no=9_995, sensitivity=3))
