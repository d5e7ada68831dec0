"""The first administrator of a city that begins empty: one link, used once."""

import secrets
from datetime import timedelta
from uuid import UUID

from pengcheng.engines.identity import _store, _store_people, _store_posts, passwords
from pengcheng.engines.identity.deciding import ADMINISTRATOR, has_administrator, person_faults
from pengcheng.engines.identity.model import NewAccount, NewPerson, NewPost
from pengcheng.ground.crypto import is_same, token_hash
from pengcheng.ground.database import Database, Work
from pengcheng.kernel.authz import SYSTEM
from pengcheng.kernel.errors import Absent, Fault, invalid
from pengcheng.kernel.ids import new_id
from pengcheng.kernel.log import Entry
from pengcheng.kernel.time import Clock

PURPOSE = "first_administrator"
LIFETIME = timedelta(days=7)
USERNAME_MAX = 40


class FirstAdministrator:
    """Offers the one link while nobody administers the city, and takes it back when it is used."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def offer(self) -> str | None:
        """A fresh secret, which ends the one before; None when the city has an administrator."""
        secret, now = secrets.token_urlsafe(32), self._clock.now()
        async with self._database.transaction(SYSTEM) as work:
            if await has_administrator(work, self._clock):
                return None
            await _store.add_code(
                work, id=new_id(), purpose=PURPOSE, address="", code_hash=token_hash(secret),
                expires_at=now + LIFETIME, now=now,
            )  # fmt: skip
        return secret

    async def is_open(self, secret: str) -> bool:
        """Whether this secret may still be used."""
        async with self._database.transaction(SYSTEM) as work:
            return await self._standing(work, secret) is not None

    async def begin(self, secret: str, username: str, password: str, *, name: str = "") -> None:
        """Open the administrator's account. `Absent` for a secret that does not stand (any more);
        refuses with every fault of what was typed."""
        faults = [*passwords.faults_of(password), *person_faults(name or username, "")]
        if not (3 <= len(username) <= USERNAME_MAX and username.isascii() and username.isalnum()):
            facts = {"length_max": USERNAME_MAX}
            faults.append(Fault(path="/username", code="code.form", facts=facts))
        async with self._database.transaction(SYSTEM) as work:
            row_id = await self._standing(work, secret)
            if row_id is None or await has_administrator(work, self._clock):
                raise Absent("request.no_such_page")
            if not faults and await _store.account_row(work, username):
                faults.append(Fault(path="/username", code="code.taken", facts={"key": username}))
            if faults:
                raise invalid(*faults)
            await _store.drop_code(work, row_id)
            made = NewAccount(
                username=username, kind="official", person=NewPerson(name=name.strip() or username),
                posts=(NewPost(role=ADMINISTRATOR),),
            )  # fmt: skip
            account_id = await _store_people.add_account(
                work, made, None, passwords.hashed(password)
            )
            await _store_posts.add(work, account_id, made.posts[0], None)
            await work.append(
                Entry(kind="account.opened", subject_type="account", subject_id=account_id)
            )

    async def _standing(self, work: Work, secret: str) -> UUID | None:
        row = await _store.take_code(work, PURPOSE, "", self._clock.now())
        is_right = row is not None and is_same(row["code_hash"], token_hash(secret))
        return UUID(str(row["id"])) if row is not None and is_right else None
