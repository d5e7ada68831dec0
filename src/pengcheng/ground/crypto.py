"""Keys, seals on personal values, tokens and codes.

Two suites behind one port: the international one (AES-256-GCM, SHA-256) and the national one
(SM4-GCM, SM3; GM/T 0002, 0004, GB/T 32905, 32907), both from `cryptography`; nothing is home-made.
What is sealed says by its first byte with which suite, so that a city may change and still read.

One master key stands in a 0600 file of the city. Each person has a key of their own, wrapped under
the master key; personal values in the log are sealed under it, and once it is destroyed nobody can
read them again, while every hash over the log still holds.
"""

import hmac as constant_time
import os
import secrets
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Literal, Protocol
from uuid import UUID

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from pengcheng.ground.database import Work
from pengcheng.kernel.errors import Trouble, ensure

SuiteName = Literal["international", "national"]

MASTER_BYTES = 32
NONCE_BYTES = 12
TAG_BYTES = 16
TOKEN_BYTES = 32
CODE_DIGITS = 6
CODE_TRIES_MAX = 5
"""How often a one-time code may be tried before it is void; who checks codes counts."""


class Suite(Protocol):
    """What a suite of algorithms does; keys are of `key_bytes`."""

    name: SuiteName
    mark: bytes
    key_bytes: int

    def seal(self, key: bytes, plain: bytes, context: bytes) -> bytes: ...

    def open(self, key: bytes, sealed: bytes, context: bytes) -> bytes: ...

    def digest(self, content: bytes) -> bytes: ...

    def code(self, key: bytes, content: bytes) -> bytes: ...

    def derive(self, secret: bytes, purpose: bytes) -> bytes: ...


class _International:
    name: SuiteName = "international"
    mark = b"\x01"
    key_bytes = 32
    hash: hashes.HashAlgorithm = hashes.SHA256()

    def seal(self, key: bytes, plain: bytes, context: bytes) -> bytes:
        """The ciphertext, good for this context only."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + AESGCM(key).encrypt(nonce, plain, context)

    def open(self, key: bytes, sealed: bytes, context: bytes) -> bytes:
        """The value again; `InvalidTag` when key, context or ciphertext are others."""
        return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], context)

    def digest(self, content: bytes) -> bytes:
        """The hash of a content."""
        made = hashes.Hash(self.hash)
        made.update(content)
        return made.finalize()

    def code(self, key: bytes, content: bytes) -> bytes:
        """The message authentication code (HMAC) of a content."""
        made = hmac.HMAC(key, self.hash)
        made.update(content)
        return made.finalize()

    def derive(self, secret: bytes, purpose: bytes) -> bytes:
        """A key for one purpose from a secret (HKDF, RFC 5869)."""
        return HKDF(self.hash, self.key_bytes, salt=None, info=purpose).derive(secret)


class _National(_International):
    name: SuiteName = "national"
    mark = b"\x02"
    key_bytes = 16
    hash: hashes.HashAlgorithm = hashes.SM3()

    def seal(self, key: bytes, plain: bytes, context: bytes) -> bytes:
        """The ciphertext, good for this context only."""
        nonce = os.urandom(NONCE_BYTES)
        sealer = Cipher(algorithms.SM4(key), modes.GCM(nonce)).encryptor()
        sealer.authenticate_additional_data(context)
        return nonce + sealer.update(plain) + sealer.finalize() + sealer.tag

    def open(self, key: bytes, sealed: bytes, context: bytes) -> bytes:
        """The value again; `InvalidTag` when key, context or ciphertext are others."""
        nonce, tag = sealed[:NONCE_BYTES], sealed[-TAG_BYTES:]
        opener = Cipher(algorithms.SM4(key), modes.GCM(nonce, tag)).decryptor()
        opener.authenticate_additional_data(context)
        return opener.update(sealed[NONCE_BYTES:-TAG_BYTES]) + opener.finalize()


INTERNATIONAL: Suite = _International()
NATIONAL: Suite = _National()
SUITES: Mapping[str, Suite] = {suite.name: suite for suite in (INTERNATIONAL, NATIONAL)}
_BY_MARK = {suite.mark: suite for suite in SUITES.values()}


class _KeyFile(msgspec.Struct, frozen=True):
    """What stands in the file of the master key."""

    version: int
    key: bytes


class Keys:
    """The master key of a city, and what is derived from it. Keep one for each process."""

    def __init__(self, master: bytes, suite: Suite = INTERNATIONAL) -> None:
        ensure(len(master) == MASTER_BYTES, "a master key has 32 bytes")
        self.suite = suite
        self._master = master
        self._derived: dict[tuple[str, str], bytes] = {}

    def seal(self, plain: bytes, purpose: str) -> bytes:
        """A value of the city's own (a webhook's secret, a TOTP seed), for one purpose."""
        return self.suite.mark + self.suite.seal(
            self._key(self.suite, purpose), plain, purpose.encode()
        )

    def open(self, sealed: bytes, purpose: str) -> bytes:
        """The value again. `Trouble` when it was altered or sealed under another master key."""
        suite = _suite_of(sealed)
        return _opened(suite, self._key(suite, purpose), sealed, purpose.encode())

    def new_person_key(self, person_id: UUID) -> bytes:
        """A fresh key of one person, wrapped; the form in which it is stored."""
        return self._wrap(os.urandom(MASTER_BYTES), person_id)

    def seal_for(self, wrapped: bytes, person_id: UUID, plain: bytes) -> bytes:
        """A value of a person under that person's key."""
        key = self.suite.derive(self._unwrap(wrapped, person_id), b"values")
        return self.suite.mark + self.suite.seal(key, plain, person_id.bytes)

    def open_for(self, wrapped: bytes, person_id: UUID, sealed: bytes) -> bytes:
        """The value again. `Trouble` when it was altered or is another person's."""
        suite = _suite_of(sealed)
        key = suite.derive(self._unwrap(wrapped, person_id), b"values")
        return _opened(suite, key, sealed, person_id.bytes)

    def code_hash(self, code: str, context: str) -> bytes:
        """How a short code is stored: useless without the master key, and only for its context
        (the account, the telephone number)."""
        return self.suite.code(self._key(self.suite, "codes"), f"{context}\0{code}".encode())

    def pseudonym(self, value: str, purpose: str) -> bytes:
        """The same for equal values, and not to be turned back without the master key; to find a
        person by identity number or telephone without keeping it in clear."""
        return self.suite.code(self._key(self.suite, f"pseudonym:{purpose}"), value.encode())

    def _wrap(self, key: bytes, person_id: UUID) -> bytes:
        wrapping = self._key(self.suite, "persons")
        return self.suite.mark + self.suite.seal(wrapping, key, person_id.bytes)

    def _unwrap(self, wrapped: bytes, person_id: UUID) -> bytes:
        suite = _suite_of(wrapped)
        return _opened(suite, self._key(suite, "persons"), wrapped, person_id.bytes)

    def _key(self, suite: Suite, purpose: str) -> bytes:
        known = self._derived.get((suite.name, purpose))
        if known is None:
            known = suite.derive(self._master, purpose.encode())
            self._derived[suite.name, purpose] = known
        return known


class PersonCipher:
    """Seals values of natural persons under their own keys, kept in the table `person_key`."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys

    async def seal(self, work: Work, values: Sequence[tuple[UUID, bytes]]) -> list[bytes | None]:
        """The ciphertexts in one round trip; persons without a key get one in the caller's
        transaction. None where a key was destroyed: such a value is not kept at all."""
        wrapped = await self._wrapped(work, {person for person, _ in values})
        return [
            self._keys.seal_for(wrapped[person], person, plain) if person in wrapped else None
            for person, plain in values
        ]

    async def open(self, work: Work, person_id: UUID, sealed: bytes) -> bytes | None:
        """The value again; None when the person's key was destroyed or never made."""
        return (await self.open_all(work, [(person_id, sealed)]))[0]

    async def open_all(
        self, work: Work, values: Sequence[tuple[UUID, bytes]]
    ) -> list[bytes | None]:
        """Values of many in one round trip, in their order; None where a key is no more."""
        rows = await work.tuples(
            """select person_id, wrapped from person_key
               where person_id = any(%(ids)s) and wrapped is not null""",
            ids=sorted({person for person, _ in values}),
        )
        wrapped = {person: bytes(key) for person, key in rows}
        return [
            self._keys.open_for(wrapped[person], person, sealed) if person in wrapped else None
            for person, sealed in values
        ]

    async def destroy(self, work: Work, persons: Sequence[UUID]) -> int:
        """Make everything sealed for these unreadable, for ever; how many had no destroyed key
        before. The rows stay, so that no new key is ever made for the same identifier."""
        return await work.run(
            """insert into person_key (person_id, wrapped, destroyed_at)
               select id, null, clock_timestamp() from unnest(%(ids)s::uuid[]) as p (id)
               on conflict (person_id) do update
                   set wrapped = null, destroyed_at = clock_timestamp()
                   where person_key.wrapped is not null""",
            ids=sorted(set(persons)),
        )

    async def _wrapped(self, work: Work, persons: Iterable[UUID]) -> dict[UUID, bytes]:
        # Not cached: a key made in a transaction that is rolled back must never be used again.
        fresh = {person: self._keys.new_person_key(person) for person in sorted(persons)}
        rows = await work.tuples(
            """with wanted as (
                   select * from unnest(%(ids)s::uuid[], %(keys)s::bytea[])
                       as w (person_id, wrapped)
               ), made as (
                   insert into person_key (person_id, wrapped)
                   select w.person_id, w.wrapped from wanted w
                   where not exists (select from person_key p where p.person_id = w.person_id)
                   on conflict (person_id) do nothing returning person_id, wrapped
               )
               select person_id, wrapped from made
               union all
               select p.person_id, p.wrapped from person_key p join wanted using (person_id)""",
            ids=list(fresh),
            keys=list(fresh.values()),
        )
        found = dict(rows)
        if len(found) < len(fresh):
            # Another transaction made a key at the same moment; it is committed by now.
            rows = await work.tuples(
                "select person_id, wrapped from person_key where person_id = any(%(ids)s)",
                ids=list(fresh),
            )
            found = dict(rows)
        return {person: key for person, key in found.items() if key is not None}


def load_master(path: Path) -> bytes:
    """The master key of a city, made at the first call. Several processes may call at once.
    `Trouble` when others may read the file, or it is not a key."""
    if not path.exists():
        _make_master(path)
    if path.stat().st_mode & 0o077:
        raise Trouble("keys.exposed", path=str(path))
    try:
        kept = msgspec.json.decode(path.read_bytes(), type=_KeyFile)
    except (OSError, msgspec.MsgspecError) as failure:
        raise Trouble("keys.unreadable", path=str(path)) from failure
    if kept.version != 1 or len(kept.key) != MASTER_BYTES:
        raise Trouble("keys.unreadable", path=str(path))
    return kept.key


def _make_master(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    made = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    number = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(number, "wb") as file:
            file.write(msgspec.json.encode(_KeyFile(1, os.urandom(MASTER_BYTES))))
            file.flush()
            os.fsync(file.fileno())
        # A link, unlike a rename, never replaces the key that another process made first.
        os.link(made, path)
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        os.fsync(folder)
        os.close(folder)
    except FileExistsError:
        return
    except OSError as failure:
        raise Trouble("keys.unwritable", path=str(path)) from failure
    finally:
        made.unlink(missing_ok=True)


def new_token() -> str:
    """An opaque bearer token of 256 random bits; only `token_hash` of it is stored."""
    return "pc_" + secrets.token_urlsafe(TOKEN_BYTES)


def token_hash(token: str) -> bytes:
    """What is stored of a token, and what it is looked up by."""
    return sha256(token.encode()).digest()


def new_code() -> str:
    """A one-time code for a telephone or a mailbox; stored by `Keys.code_hash`."""
    return f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}d}"


def is_same(one: bytes, other: bytes) -> bool:
    """Whether two secrets are equal, in a time that tells nothing about where they differ."""
    return constant_time.compare_digest(one, other)


def _suite_of(sealed: bytes) -> Suite:
    suite = _BY_MARK.get(sealed[:1])
    if suite is None or len(sealed) < 1 + NONCE_BYTES + TAG_BYTES:
        raise Trouble("keys.altered")
    return suite


def _opened(suite: Suite, key: bytes, sealed: bytes, context: bytes) -> bytes:
    try:
        return suite.open(key, sealed[1:], context)
    except InvalidTag as failure:
        raise Trouble("keys.altered") from failure
