"""Outgoing HTTP, for webhooks: to where somebody asked us to send, so with suspicion.

The name is resolved once, every address it has must be public (unless a setting allows private
ones), and the connection goes to the very address that was checked, so that a name cannot turn
inward between check and use. No redirects, no environment proxies, no cookies; times and sizes are
bounded. Deliveries are signed after Standard Webhooks 1.0 (HMAC-SHA256).
"""

import asyncio
import base64
import binascii
import hmac
import socket
import ssl
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from hashlib import sha256
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

import httpx
import msgspec

from pengcheng.kernel.errors import Fault, Refusal, TooLarge, Trouble, invalid

CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 15.0
"""From the first byte sent to the last byte read."""

REQUEST_BYTES_MAX = 1024 * 1024
ANSWER_BYTES_MAX = 64 * 1024
URL_LENGTH_MAX = 2_000
PORTS_REFUSED = frozenset({19, 22, 23, 25, 53, 110, 143, 445, 465, 587, 993, 995, 4222, 5432, 6379})
"""Servers that speak something else and could be made to believe a request."""

SIGNED_WITHIN = timedelta(minutes=5)
SECRET_PREFIX = "whsec_"  # noqa: S105  a prefix, not a secret
SECRET_BYTES = 32

Address = IPv4Address | IPv6Address
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]

# Not global by IANA's registries, and not told so by every version of `ipaddress`.
_INWARD = tuple(ip_network(text) for text in ("100.64.0.0/10", "64:ff9b::/96", "64:ff9b:1::/48"))


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What a server answered; `content` is cut at `ANSWER_BYTES_MAX`. `retry_after`: how long it
    asks us to wait, None where it says nothing that can be understood."""

    status: int
    content: bytes
    media_type: str = ""
    retry_after: timedelta | None = None

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300


class Outgoing:
    """Sends to addresses from outside. Open one for each process, close it at the end.

    `trust`: which certificates are believed; the machine's authorities when none is given.
    """

    def __init__(
        self,
        *,
        allows_private: bool = False,
        resolve: Resolve | None = None,
        trust: ssl.SSLContext | None = None,
    ) -> None:
        self._allows_private = allows_private
        self._resolve = resolve or _resolved
        self._client = httpx.AsyncClient(
            timeout=httpx.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS),
            limits=httpx.Limits(max_connections=50, max_keepalive_connections=0),
            follow_redirects=False,
            trust_env=False,
            verify=trust or ssl.create_default_context(),
        )

    async def close(self) -> None:
        """Let go of every connection."""
        await self._client.aclose()

    async def check(self, url: str) -> None:
        """`Refusal` when we would never send there; for the form in which an address is given."""
        await self._target(url)

    async def post(
        self, url: str, content: bytes, *, media_type: str, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Send and read the answer, whatever its status. `Refusal` for a forbidden target,
        `Trouble` when it does not answer in time."""
        if len(content) > REQUEST_BYTES_MAX:
            raise TooLarge("http.request_too_large", limit=f"{REQUEST_BYTES_MAX >> 20} MB")
        parts, address = await self._target(url)
        host = parts.host
        request = self._client.build_request(
            "POST",
            parts.copy_with(host=str(address)),
            content=content,
            headers={
                "content-type": media_type,
                "user-agent": "pengcheng",
                **(headers or {}),
                "host": parts.netloc.decode("ascii"),
            },
            # The certificate must be that of the name, though we connect to its address.
            extensions={"sni_hostname": host},
        )
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                return await self._send(request)
        except (httpx.HTTPError, OSError) as failure:
            raise Trouble("http.unreachable", host=host, reason=type(failure).__name__) from failure

    async def _send(self, request: httpx.Request) -> Answer:
        answer = await self._client.send(request, stream=True)
        try:
            content = b""
            async for chunk in answer.aiter_raw():
                content += chunk
                if len(content) >= ANSWER_BYTES_MAX:
                    break
            return Answer(
                status=answer.status_code,
                content=content[:ANSWER_BYTES_MAX],
                media_type=answer.headers.get("content-type", ""),
                retry_after=waiting(
                    answer.headers.get("retry-after", ""), answer.headers.get("date", "")
                ),
            )
        finally:
            await answer.aclose()

    async def _target(self, url: str) -> tuple[httpx.URL, Address]:
        parts = _parsed(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        try:
            found = await self._resolve(parts.host, port)
        except OSError as failure:
            raise Trouble("http.unknown_host", host=parts.host) from failure
        addresses = [ip_address(text.partition("%")[0]) for text in found]
        if not addresses:
            raise Trouble("http.unknown_host", host=parts.host)
        if not self._allows_private and not all(is_public(address) for address in addresses):
            raise _refused("url.inward")
        return parts, addresses[0]


def waiting(retry_after: str, date: str = "") -> timedelta | None:
    """What `Retry-After` comes to (RFC 9110, 10.2.3): seconds, or a moment by the server's own
    clock, which its `Date` tells. None where either cannot be read."""
    text = retry_after.strip()
    if text.isascii() and text.isdecimal():
        return timedelta(seconds=int(text[:9]))
    try:
        wait = parsedate_to_datetime(text) - parsedate_to_datetime(date)
    except (TypeError, ValueError):
        return None
    return max(wait, timedelta())


def is_public(address: Address) -> bool:
    """Whether an address lies outside: not loopback, private, link-local, shared, reserved,
    multicast or metadata, nor an IPv4 address of these kinds dressed as IPv6."""
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if inner is not None:
            return is_public(inner)
        if address.teredo is not None:
            return False
    within = any(address in network for network in _INWARD if network.version == address.version)
    return address.is_global and not address.is_multicast and not within


def _parsed(url: str) -> httpx.URL:
    """An address that may be resolved: absolute, http or https, no credentials, a usual port."""
    if len(url) > URL_LENGTH_MAX:
        raise _refused("url.too_long")
    try:
        told = urlsplit(url)
        parts = httpx.URL(url)
        port = told.port
    except (ValueError, httpx.InvalidURL) as failure:
        raise _refused("url.form") from failure
    if told.scheme not in {"http", "https"} or not parts.host or not told.hostname:
        raise _refused("url.form")
    # `\`, `@` and spaces are read differently by different parsers; we read none of them.
    if parts.userinfo or any(mark in url for mark in "\\@ \t\r\n"):
        raise _refused("url.form")
    if port in PORTS_REFUSED:
        raise _refused("url.port")
    return parts


def _refused(code: str) -> Refusal:
    return invalid(Fault(path="/url", code=code))


async def _resolved(host: str, port: int) -> Sequence[str]:
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(where[0]) for *_, where in found]


def new_secret(random: bytes) -> str:
    """A webhook's secret in the form of the standard, of `SECRET_BYTES` random bytes."""
    return SECRET_PREFIX + base64.b64encode(random).decode()


def signature(
    secrets: Sequence[str], message_id: str, at: datetime, content: bytes
) -> dict[str, str]:
    """The headers that prove who sent a delivery and when, under each of these secrets (an old one
    stays good for a while). Sign each try anew, with the id of the message kept, so that a receiver
    takes it once."""
    stamp = str(int(at.timestamp()))
    codes = (_code(_secret(secret), message_id, stamp, content) for secret in secrets)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": stamp,
        "webhook-signature": " ".join(f"v1,{code}" for code in codes),
    }


def is_signed(secret: str, headers: Mapping[str, str], content: bytes, now: datetime) -> bool:
    """Whether headers (names in lower case) prove that the holder of the secret sent this content
    within `SIGNED_WITHIN` of now. Several signatures, by spaces: any may match."""
    message_id = headers.get("webhook-id", "")
    stamp = headers.get("webhook-timestamp", "")
    if not message_id or not (stamp.isascii() and stamp.isdecimal() and len(stamp) <= 12):
        return False
    if abs(now - datetime.fromtimestamp(int(stamp), UTC)) > SIGNED_WITHIN:
        return False
    expected = _code(_secret(secret), message_id, stamp, content).encode()
    given = [
        code.encode()
        for version, _, code in (
            one.partition(",") for one in headers.get("webhook-signature", "").split(" ")
        )
        if version == "v1"
    ]
    return any(hmac.compare_digest(expected, code) for code in given)


def _code(secret: bytes, message_id: str, stamp: str, content: bytes) -> str:
    signed = f"{message_id}.{stamp}.".encode() + content
    return base64.b64encode(hmac.digest(secret, signed, sha256)).decode()


def _secret(text: str) -> bytes:
    try:
        return base64.b64decode(text.removeprefix(SECRET_PREFIX), validate=True)
    except (binascii.Error, ValueError) as failure:
        raise invalid(Fault(path="/secret", code="secret.form")) from failure
