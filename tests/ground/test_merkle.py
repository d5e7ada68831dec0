"""Proofs of RFC 9162, against the published vectors and against the definition."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pengcheng.ground import merkle

# The vectors of the certificate transparency project for RFC 6962.
LEAVES = [
    bytes.fromhex(text)
    for text in (
        "", "00", "10", "2021", "3031", "40414243", "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]  # fmt: skip
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
A = "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7"
B = "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e"
C = "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"
D = "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a"
E = "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0"
HASHES = [merkle.leaf_hash(leaf) for leaf in LEAVES]
MANY = [merkle.leaf_hash(str(number).encode()) for number in range(80)]


def defined(hashes: list[bytes]) -> bytes:
    """MTH as section 2.1.1 writes it."""
    if len(hashes) < 2:
        return hashes[0] if hashes else sha256(b"").digest()
    k = 1
    while k * 2 < len(hashes):
        k *= 2
    return merkle.node_hash(defined(hashes[:k]), defined(hashes[k:]))


def path(hashes: list[bytes], spans: list[merkle.Span]) -> list[bytes]:
    def node(name: merkle.Node) -> bytes:
        level, at = name
        return defined(hashes[at << level : (at + 1) << level])

    return [merkle.span_hash(span, node) for span in spans]


@pytest.mark.parametrize("size", range(9))
def test_roots_match_the_published_vectors(size: int) -> None:
    frontier = merkle.Frontier()
    for content_hash in HASHES[:size]:
        list(frontier.append(content_hash))
    assert frontier.root.hex() == ROOTS[size]


@pytest.mark.parametrize(
    ("leaf", "size", "expected"), [(0, 1, []), (0, 8, [A, B, C]), (5, 8, [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b", E, ROOTS[4]])]
)  # fmt: skip
def test_inclusion_paths_match_the_published_vectors(
    leaf: int, size: int, expected: list[str]
) -> None:
    found = path(HASHES, merkle.inclusion_ranges(leaf, size))
    assert [step.hex() for step in found] == expected


@pytest.mark.parametrize(
    ("first", "second", "expected"), [(1, 1, []), (1, 8, [A, B, C]), (6, 8, [D, E, ROOTS[4]])]
)
def test_consistency_paths_match_the_published_vectors(
    first: int, second: int, expected: list[str]
) -> None:
    found = path(HASHES, merkle.consistency_ranges(first, second))
    assert [step.hex() for step in found] == expected


@given(st.integers(1, 80), st.data())
def test_every_leaf_is_proved_and_nothing_else(size: int, data: st.DataObject) -> None:
    leaf = data.draw(st.integers(0, size - 1))
    root, steps = defined(MANY[:size]), path(MANY, merkle.inclusion_ranges(leaf, size))

    def proves(at: int, content_hash: bytes, of: int, way: list[bytes]) -> bool:
        return merkle.is_included(at, of, content_hash=content_hash, path=way, root=root)

    assert proves(leaf, MANY[leaf], size, steps)
    assert not proves(leaf, merkle.leaf_hash(b"altered"), size, steps)
    assert not proves(leaf, MANY[leaf], size, [*steps, steps[0] if steps else root])
    assert [at for at in range(size) if proves(at, MANY[leaf], size, steps)] == [leaf]
    assert not proves(size, MANY[leaf], size, steps)


@given(st.integers(1, 80), st.integers(1, 80), st.data())
def test_growth_by_appending_is_proved_and_nothing_else(
    one: int, other: int, data: st.DataObject
) -> None:
    first, second = sorted((one, other))
    steps = path(MANY, merkle.consistency_ranges(first, second))
    before, after = defined(MANY[:first]), defined(MANY[:second])
    rewritten = defined([merkle.leaf_hash(b"altered"), *MANY[1:first]])

    def proves(old: bytes, new: bytes, way: list[bytes]) -> bool:
        return merkle.is_consistent(first, second, first_root=old, second_root=new, path=way)

    assert proves(before, after, steps)
    assert not proves(rewritten, after, steps)
    assert not proves(before, rewritten, steps)
    assert not proves(before, after, [*steps, before])


def test_every_tree_begins_with_the_empty_one() -> None:
    root = defined(MANY[:5])
    assert merkle.is_consistent(0, 5, first_root=merkle.EMPTY_ROOT, second_root=root, path=[])
    assert not merkle.is_consistent(0, 5, first_root=root, second_root=root, path=[])


@given(st.integers(0, 80), st.integers(0, 80))
def test_a_tree_continues_from_its_perfect_nodes(size: int, more: int) -> None:
    peaks = [defined(MANY[at << n : (at + 1) << n]) for n, at in merkle.perfect_nodes((0, size))]
    frontier = merkle.Frontier(size, peaks)
    for content_hash in MANY[size : size + more]:
        for (level, at), made in frontier.append(content_hash):
            assert made == defined(MANY[at << level : (at + 1) << level])
    assert frontier.root == defined(MANY[: size + more])
