"""What is sealed opens with its key, in its context, unaltered; or not at all."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pengcheng.ground import crypto
from pengcheng.ground.crypto import INTERNATIONAL, NATIONAL, Keys, PersonCipher, Suite
from pengcheng.ground.database import Database
from pengcheng.kernel.authz import SYSTEM
from pengcheng.kernel.errors import Trouble
from pengcheng.kernel.ids import new_id
from pengcheng.kernel.log import Entry

suites = pytest.mark.parametrize("suite", [INTERNATIONAL, NATIONAL], ids=lambda s: s.name)
MASTER = bytes(range(32))
PERSON, OTHER = UUID(int=1), UUID(int=2)


def entry(person_id: UUID, **personal: str) -> Entry:
    return Entry(
        kind="case.accepted",
        subject_type="case",
        subject_id=new_id(),
        person_id=person_id,
        personal=personal,
    )


@pytest.mark.parametrize(
    ("suite", "digest"),
    [
        # FIPS 180-4 and GB/T 32905-2016, appendix A.1: the hash of "abc".
        (INTERNATIONAL, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (NATIONAL, "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"),
    ],
)
def test_hashes_match_the_published_vectors(suite: Suite, digest: str) -> None:
    assert suite.digest(b"abc").hex() == digest


def test_sm4_gcm_matches_the_published_vector() -> None:
    # RFC 8998, appendix A.1.
    key = bytes.fromhex("0123456789abcdeffedcba9876543210")
    sealed = bytes.fromhex(
        "00001234567800000000abcd"
        "17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735"
        "d82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d"
        "83de3541e4c2b58177e065a9bf7b62ec"
    )
    context = bytes.fromhex("feedfacedeadbeeffeedfacedeadbeefabaddad2")
    plain = bytes.fromhex(
        "aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbccccccccccccccccdddddddddddddddd"
        "eeeeeeeeeeeeeeeeffffffffffffffffeeeeeeeeeeeeeeeeaaaaaaaaaaaaaaaa"
    )
    assert NATIONAL.open(key, sealed, context) == plain


@suites
@given(plain=st.binary(max_size=200))
def test_a_sealed_value_opens_again_and_never_looks_the_same(suite: Suite, plain: bytes) -> None:
    keys = Keys(MASTER, suite)
    sealed = keys.seal(plain, "webhook")
    assert keys.open(sealed, "webhook") == plain
    assert keys.seal(plain, "webhook") != sealed


@suites
@given(at=st.integers(0, 10_000), flip=st.integers(1, 255))
def test_an_altered_value_never_opens(suite: Suite, at: int, flip: int) -> None:
    keys = Keys(MASTER, suite)
    sealed = bytearray(keys.seal(b"telephone", "webhook"))
    sealed[at % len(sealed)] ^= flip
    with pytest.raises(Trouble):
        keys.open(bytes(sealed), "webhook")


@suites
def test_a_value_opens_in_its_own_context_only(suite: Suite) -> None:
    keys = Keys(MASTER, suite)
    wrapped = keys.new_person_key(PERSON)
    sealed = keys.seal_for(wrapped, PERSON, b"name")
    assert keys.open_for(wrapped, PERSON, sealed) == b"name"
    for key, person in ((wrapped, OTHER), (keys.new_person_key(PERSON), PERSON)):
        with pytest.raises(Trouble):
            keys.open_for(key, person, sealed)
    with pytest.raises(Trouble):
        keys.open(keys.seal(b"x", "one"), "other")
    with pytest.raises(Trouble):
        Keys(os.urandom(32), suite).open_for(wrapped, PERSON, sealed)


def test_a_city_that_changes_its_suite_still_reads_what_it_sealed_before() -> None:
    before, after = Keys(MASTER, INTERNATIONAL), Keys(MASTER, NATIONAL)
    wrapped = before.new_person_key(PERSON)
    sealed = before.seal_for(wrapped, PERSON, b"name")
    assert after.open_for(wrapped, PERSON, sealed) == b"name"
    again = after.seal_for(wrapped, PERSON, b"name")
    assert (sealed[:1], again[:1]) == (b"\x01", b"\x02")
    assert before.open_for(wrapped, PERSON, again) == b"name"
    assert after.open(before.seal(b"x", "p"), "p") == b"x"


def test_short_codes_and_pseudonyms_depend_on_master_key_and_context() -> None:
    keys, other = Keys(MASTER), Keys(bytes(32))
    code = keys.code_hash("123456", "13800000000")
    assert crypto.is_same(code, keys.code_hash("123456", "13800000000"))
    assert code != keys.code_hash("123456", "13800000001")
    assert code != other.code_hash("123456", "13800000000")
    assert keys.pseudonym("440300", "identity") == keys.pseudonym("440300", "identity")
    assert keys.pseudonym("440300", "identity") != keys.pseudonym("440300", "telephone")


def test_tokens_and_codes_are_what_they_promise() -> None:
    tokens = {crypto.new_token() for _ in range(100)}
    assert len(tokens) == 100
    assert {len(token) for token in tokens} == {46}
    assert len(crypto.token_hash(tokens.pop())) == 32
    assert all(code.isdecimal() and len(code) == 6 for code in (crypto.new_code(),) * 20)


def test_many_processes_make_one_master_key(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "master.json"
    with ThreadPoolExecutor(8) as pool:
        made = set(pool.map(crypto.load_master, [path] * 32))
    assert len(made) == 1
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(path.parent.iterdir()) == [path]


def test_a_master_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "master.json"
    crypto.load_master(path)
    path.chmod(0o640)
    with pytest.raises(Trouble) as raised:
        crypto.load_master(path)
    assert raised.value.code == "keys.exposed"


@pytest.mark.parametrize("content", [b"", b"{}", b'{"version":1,"key":"YQ=="}', b"\xff"])
def test_a_broken_master_key_is_never_replaced(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "master.json"
    path.touch(mode=0o600)
    path.write_bytes(content)
    with pytest.raises(Trouble):
        crypto.load_master(path)
    assert path.read_bytes() == content


@pytest.mark.anyio
async def test_personal_values_enter_the_log_sealed_and_vanish_with_the_key(
    database: Database, keys: Keys
) -> None:
    cipher = PersonCipher(keys)
    async with database.transaction(SYSTEM) as work:
        await work.append(entry(PERSON, name="张"), entry(OTHER, name="李"), entry(PERSON, a="b"))
    async with database.transaction(SYSTEM) as work:
        rows = await work.tuples("select person_id, personal from log order by seq")
        opened = [await cipher.open(work, person, sealed) for person, sealed in rows]
        assert [msgspec.json.decode(found or b"null") for found in opened] == [
            {"name": "张"}, {"name": "李"}, {"a": "b"},
        ]  # fmt: skip
        assert await cipher.destroy(work, [PERSON])
        assert not await cipher.destroy(work, [PERSON])
    async with database.transaction(SYSTEM) as work:
        opened = [await cipher.open(work, person, sealed) for person, sealed in rows]
        assert [found is None for found in opened] == [True, False, True]
        # No new key is made for a person who was forgotten.
        forgotten, known = await cipher.seal(work, [(PERSON, b"x"), (OTHER, b"y")])
        assert forgotten is None
        assert await cipher.open(work, OTHER, known or b"") == b"y"


@pytest.mark.anyio
async def test_a_key_made_in_a_failed_transaction_is_never_used_again(
    database: Database, keys: Keys
) -> None:
    cipher = PersonCipher(keys)

    async def fails() -> None:
        async with database.transaction(SYSTEM) as work:
            await cipher.seal(work, [(PERSON, b"lost")])
            raise Trouble("test.failed")

    with pytest.raises(Trouble):
        await fails()
    async with database.transaction(SYSTEM) as work:
        [sealed] = await cipher.seal(work, [(PERSON, b"kept")])
        assert sealed is not None
    async with database.reading() as work:
        assert await cipher.open(work, PERSON, sealed) == b"kept"
