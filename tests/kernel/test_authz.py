"""Rights as set algebra: normalising a scope never loses or adds a record."""

from collections.abc import Mapping
from itertools import product
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from pengcheng.kernel.authz import Actor, Facts, Post, Right, Rights, Scope
from pengcheng.kernel.ranges import EVERYTHING, NOTHING, Ranges, ranges

PERSON, OTHER, ACCOUNT = (UUID(int=number) for number in (1, 2, 3))
ROLES = ("clerk", "chief", "grid")
SIZE = 6

RANGES = st.one_of(
    st.just(NOTHING),
    st.just(EVERYTHING),
    st.lists(st.tuples(st.integers(0, SIZE), st.integers(0, SIZE)), max_size=3).map(ranges),
)
POSTS = st.lists(
    st.builds(Post, role=st.sampled_from(ROLES), organisations=RANGES, areas=RANGES), max_size=6
)
WHERES: st.SearchStrategy[Mapping[str, tuple[str, ...]]] = st.sampled_from(
    [{}, {"channel": ("api",)}, {"channel": ("api", "web")}, {"channel": ("api",), "step": ("a",)}]
)
RIGHTS = st.lists(
    st.builds(
        Right,
        role=st.sampled_from(ROLES),
        action=st.just("read"),
        type=st.sampled_from(["demand", "*", "house"]),
        over=st.sampled_from(
            ["all", "area", "organisation", "organisation_in_area", "own", "assigned"]
        ),
        sensitivity=st.integers(1, 4),
        where=WHERES,
    ),
    max_size=8,
)
ACTORS = st.builds(
    Actor,
    kind=st.just("official"),
    account_id=st.sampled_from([None, ACCOUNT]),
    person_id=st.sampled_from([None, PERSON]),
    posts=POSTS.map(tuple),
)
FACTS = st.builds(
    Facts,
    area_no=st.one_of(st.none(), st.integers(0, SIZE)),
    organisation_no=st.one_of(st.none(), st.integers(0, SIZE)),
    owners=st.sampled_from([frozenset[UUID](), frozenset({PERSON}), frozenset({OTHER})]),
    assignees=st.sampled_from([frozenset[UUID](), frozenset({ACCOUNT})]),
    sensitivity=st.integers(1, 4),
    attributes=st.sampled_from([{}, {"channel": "api"}, {"channel": "web", "step": "a"}]),
)


def reaches(actor: Actor, post: Post, right: Right, facts: Facts) -> bool:
    """Brute force: whether one post and one right give one record, read off the definition."""
    in_area = post.areas.holds(facts.area_no) and not post.areas.is_empty
    in_unit = post.organisations.holds(facts.organisation_no) and not post.organisations.is_empty
    over = {
        "all": True,
        "area": in_area,
        "organisation": in_unit,
        "organisation_in_area": in_area and in_unit,
        "own": actor.person_id is not None and actor.person_id in facts.owners,
        "assigned": actor.account_id is not None and actor.account_id in facts.assignees,
    }
    return (
        post.role == right.role
        and right.type in {"demand", "*"}
        and over[right.over]
        and facts.sensitivity <= right.sensitivity
        and all(facts.attributes.get(name) in values for name, values in right.where.items())
    )


@given(ACTORS, RIGHTS, FACTS)
@settings(max_examples=1500, deadline=None)
def test_a_scope_holds_exactly_what_some_post_and_right_give(
    actor: Actor, rows: list[Right], facts: Facts
) -> None:
    rights = Rights(rows)
    pairs = [
        (post, right)
        for post, right in product(actor.posts, rows)
        if reaches(actor, post, right, facts)
    ]

    assert rights.scope(actor, "read", "demand").holds(facts) == bool(pairs)
    assert bool(rights.why(actor, "read", "demand", facts)) == bool(pairs)


@given(ACTORS, RIGHTS, FACTS)
@settings(max_examples=500, deadline=None)
def test_normalising_keeps_the_highest_sensitivity_of_each_record(
    actor: Actor, rows: list[Right], facts: Facts
) -> None:
    reached = [
        right.sensitivity
        for post, right in product(actor.posts, rows)
        if reaches(actor, post, right, facts)
    ]
    scope = Rights(rows).scope(actor, "read", "demand")

    held = [region.sensitivity for region in scope.regions if region.holds(facts)]

    assert max(held, default=0) == max(reached, default=0)


@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(1, 50)), min_size=1, max_size=200))
@settings(max_examples=50, deadline=None)
def test_the_regions_do_not_grow_with_the_posts(spans: list[tuple[int, int]]) -> None:
    rows = [
        Right(role="clerk", action="read", type="demand", over="area"),
        Right(role="clerk", action="read", type="demand", over="organisation", sensitivity=3),
        Right(role="clerk", action="read", type="demand", over="own", sensitivity=3),
    ]
    posts = tuple(
        Post(role="clerk", areas=Ranges(((low, low + size),)),
             organisations=Ranges(((low * 2, low * 2 + size),)))
        for low, size in spans
    )  # fmt: skip
    actor = Actor(kind="official", person_id=PERSON, posts=posts)

    assert len(Rights(rows).scope(actor, "read", "demand").regions) == len(rows)


def test_one_without_posts_reaches_nothing() -> None:
    rows = [Right(role="clerk", action="read", type="demand", over="all")]

    scope: Scope = Rights(rows).scope(Actor(kind="official"), "read", "demand")

    assert scope.is_empty
    assert scope.sensitivity == 0
    assert not scope.holds(Facts())


def test_who_holds_many_posts_has_the_scope_of_their_union_each_time() -> None:
    posts = tuple(Post(role="many", areas=Ranges(((10 * n, 10 * n + 5),))) for n in range(300))
    rows = (Right(role="many", action="read", type="a", over="area"),
            Right(role="many", action="change", type="a", over="own"))  # fmt: skip
    rights, first, second = Rights(rows), UUID(int=1), UUID(int=2)
    for person in (first, second, first):
        actor = Actor(kind="official", person_id=person, posts=posts)
        read, change = (rights.scope(actor, action, "a") for action in ("read", "change"))
        assert [region.areas.spans for region in read.regions] == [
            tuple((10 * n, 10 * n + 5) for n in range(300))
        ]
        assert [region.owner for region in change.regions] == [person]
        assert rights.scope(actor, "read", "b").is_empty
