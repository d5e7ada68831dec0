"""One who acts through the public API: asks, sends, acts and adds pictures under an account."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Protocol

import httpx
import numpy as np

from pengcheng.engines.identity import Identity
from pengcheng.ops.sample.pictures import Moment, picture

KIND = "demand"
LIFETIME = timedelta(days=7)
RENEWED = timedelta(days=6)

Json = Mapping[str, Any]


class Tokens(Protocol):
    """Who may act as whom."""

    async def of(self, username: str) -> dict[str, str]:
        """The header of an account."""
        ...


class Issued:
    """Bearer tokens of synthetic people, each issued once and anew before it ends."""

    def __init__(self, identity: Identity, now: Any) -> None:
        self._identity = identity
        self._now = now
        self._known: dict[str, tuple[str, Any]] = {}

    async def of(self, username: str) -> dict[str, str]:
        """The header that lets a request act as this account."""
        token, until = self._known.get(username, ("", None))
        if until is None or until < self._now():
            session = await self._identity.issue_token(
                username, note="simulation", lifetime=LIFETIME
            )
            token = session.token
            self._known[username] = (token, self._now() + RENEWED)
        return {"Authorization": f"Bearer {token}"}


class Api:
    """The public API of one city, as synthetic people use it."""

    def __init__(self, client: httpx.AsyncClient, tokens: Tokens) -> None:
        self._client = client
        self._tokens = tokens

    async def header(self, username: str) -> dict[str, str]:
        """The header of an account; none for one without."""
        return await self._tokens.of(username) if username else {}

    async def cases(self, username: str, **query: str) -> list[Json]:
        """A list of cases as this account sees it."""
        answer = await self._client.get(
            f"/api/v1/cases/{KIND}", params=query, headers=await self.header(username)
        )
        found: list[Json] = answer.json().get("items", []) if answer.is_success else []
        return found

    async def case(self, code: str, header: Mapping[str, str]) -> Json:
        """A case as one who holds this header sees it; empty where it is not seen."""
        answer = await self._client.get(f"/api/v1/cases/{KIND}/{code}", headers=dict(header))
        found: Json = answer.json().get("case", {}) if answer.is_success else {}
        return found

    async def send(self, body: Json, header: Mapping[str, str]) -> Json | None:
        """A new demand; None (and said so) when the city did not accept it."""
        try:
            answer = await self._client.post(
                f"/api/v1/cases/{KIND}", json=dict(body), headers=dict(header)
            )
        except httpx.HTTPError as failure:
            print(f"城市没有回答  no answer: {failure!r}", flush=True)
            return None
        if answer.status_code != httpx.codes.CREATED:
            print(f"未受理  not accepted: {answer.text[:300]}", flush=True)
            return None
        accepted: Json = answer.json()
        return accepted

    async def act(self, header: Mapping[str, str], key: str, verb: str, body: Json) -> Json | None:
        """One verb; None when it was refused or somebody was faster."""
        answer = await self._client.post(
            f"/api/v1/cases/{KIND}/{key}/actions/{verb}", json=dict(body), headers=dict(header)
        )
        if answer.is_error and answer.status_code != httpx.codes.CONFLICT:
            print(f"{verb} {key}: {answer.text[:200]}", flush=True)
        done: Json | None = answer.json() if answer.is_success else None
        return done

    async def tasks(self, username: str) -> list[Json]:
        """The open tasks that this account may do and nobody else has in hand."""
        answer = await self._client.get("/api/v1/tasks", headers=await self.header(username))
        found: list[Json] = answer.json().get("items", []) if answer.is_success else []
        return [one for one in found if one["state"] == "open"]

    async def task(
        self, header: Mapping[str, str], task: Json, what: str, body: Json
    ) -> Json | None:
        """Take a task, finish it or give it back; None when somebody was faster."""
        sent = {"version": task["version"], **body}
        answer = await self._client.post(
            f"/api/v1/tasks/{task['id']}/{what}", json=sent, headers=dict(header)
        )
        if answer.is_error and answer.status_code != httpx.codes.CONFLICT:
            print(f"{what} {task['id']}: {answer.text[:200]}", flush=True)
        done: Json | None = answer.json() if answer.is_success else None
        return done

    async def pictures(
        self, header: Mapping[str, str], moments: tuple[Moment, ...], chance: np.random.Generator,
        purpose: str = "reply",
    ) -> list[str]:  # fmt: skip
        """Send drawn pictures; their ids."""
        files = [("file", (f"{one}.jpg", picture(one, chance), "image/jpeg")) for one in moments]
        answer = await self._client.post(
            "/api/v1/files", files=files, data={"purpose": purpose}, headers=dict(header)
        )
        if answer.is_error:
            print(f"图片未收下  pictures not taken: {answer.text[:200]}", flush=True)
            return []
        return [str(item["id"]) for item in answer.json()["items"]]
