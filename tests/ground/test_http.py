"""We send where we were asked to, but never inward; and who receives can tell that it was us."""

import asyncio
import re
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from pengcheng.ground import http as module
from pengcheng.ground.http import Outgoing, is_public, is_signed, new_secret, signature
from pengcheng.kernel.errors import Refusal, Trouble

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
NOW = datetime(2026, 11, 21, 11, tzinfo=UTC)


def to(*addresses: str) -> Callable[[str, int], Awaitable[Sequence[str]]]:
    async def resolve(host: str, port: int) -> Sequence[str]:
        return addresses

    return resolve


async def never(host: str, port: int) -> Sequence[str]:
    raise OSError("no such name")


@asynccontextmanager
async def server(
    answer: bytes, seen: list[bytes], wait: float = 0, tls: ssl.SSLContext | None = None
) -> AsyncIterator[int]:
    """A server on loopback that reads one request and answers with these bytes."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = re.search(rb"content-length: (\d+)", head.lower())
        seen.append(head + await reader.readexactly(int(length[1]) if length else 0))
        await asyncio.sleep(wait)
        writer.write(answer)
        writer.close()

    running = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    try:
        yield running.sockets[0].getsockname()[1]
    finally:
        running.close()


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.8.8.8", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "100.64.0.1",
        "169.254.169.254", "224.0.0.1", "255.255.255.255", "192.0.2.1", "198.18.0.1", "240.0.0.1",
        "::", "::1", "fe80::1", "fc00::1", "fd00:ec2::254", "ff02::1", "::ffff:127.0.0.1",
        "::ffff:10.0.0.1", "64:ff9b::7f00:1", "64:ff9b:1::1", "2002:7f00:1::", "2001:db8::1",
        "2001:0:4136:e378:8000:63bf:3fff:fdd2", "2002:a00:1::1",
    ],
)  # fmt: skip
def test_inward_addresses_are_known_in_every_dress(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize("address", ["8.8.8.8", "114.114.114.114", "2400:3200::1", "1.1.1.1"])
def test_public_addresses_are_public(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.anyio
@pytest.mark.parametrize(
    "url",
    [
        "", "example.cn/hook", "ftp://example.cn/", "file:///etc/passwd", "http://", "http:///x",
        "http://user:pass@example.cn/", "http://example.cn:22/", "http://example.cn:5432/",
        "http://example.cn\\@127.0.0.1/", "http://a b/", "http://example.cn:99999/",
        "http://[::1", "javascript:alert(1)", "gopher://example.cn", "http://x/" + "y" * 2000,
        "http://example.cn/\r\nX-Evil: 1",
    ],
)  # fmt: skip
async def test_an_address_that_is_not_plain_is_refused(url: str) -> None:
    outgoing = Outgoing(resolve=to("8.8.8.8"))
    with pytest.raises(Refusal):
        await outgoing.check(url)
    await outgoing.close()


@pytest.mark.anyio
@pytest.mark.parametrize(
    "addresses",
    [("127.0.0.1",), ("8.8.8.8", "10.0.0.1"), ("::ffff:169.254.169.254",), ("fe80::1%2",)],
)
async def test_a_name_that_turns_inward_is_refused(addresses: tuple[str, ...]) -> None:
    outgoing = Outgoing(resolve=to(*addresses))
    for act in (outgoing.check("https://example.cn/hook"), outgoing.post(
        "https://example.cn/hook", b"", media_type="text/plain"
    )):  # fmt: skip
        with pytest.raises(Refusal):
            await act
    await outgoing.close()


@pytest.mark.anyio
@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://2130706433/",
        "http://0x7f.1/",
        "http://[::1]/",
        "http://localhost/",
    ],
)
async def test_loopback_by_any_other_name_is_refused(url: str) -> None:
    outgoing = Outgoing()
    with pytest.raises((Refusal, Trouble)):
        await outgoing.check(url)
    await outgoing.close()


@pytest.mark.anyio
async def test_the_connection_goes_to_the_address_that_was_checked() -> None:
    asked: list[str] = []

    async def turning(host: str, port: int) -> Sequence[str]:
        asked.append(host)
        return ["127.0.0.1"]

    seen: list[bytes] = []
    ok = b"HTTP/1.1 202 Accepted\r\ncontent-type: text/plain\r\ncontent-length: 2\r\n\r\nok"
    async with server(ok, seen) as port:
        outgoing = Outgoing(allows_private=True, resolve=turning)
        answer = await outgoing.post(
            f"http://hook.example:{port}/a?b=c", b'{"x":1}', media_type="application/json",
            headers={"webhook-id": "m-1", "host": "evil"},
        )  # fmt: skip
        await outgoing.close()
    assert (answer.status, answer.content, answer.is_success) == (202, b"ok", True)
    assert asked == ["hook.example"]
    assert seen[0].startswith(b"POST /a?b=c HTTP/1.1\r\n")
    assert f"host: hook.example:{port}\r\n".encode() in seen[0].lower()
    assert b"evil" not in seen[0]
    assert seen[0].endswith(b'{"x":1}')


def certificate(folder: Path, name: str) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's context for a name, and the context of a client that believes it."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    content = made.public_bytes(pem) + key.private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "both.pem").write_bytes(content)
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(folder / "both.pem")
    return serving, ssl.create_default_context(cadata=made.public_bytes(pem).decode())


@pytest.mark.anyio
async def test_a_certificate_must_be_that_of_the_name_though_we_connect_to_its_address(
    tmp_path: Path,
) -> None:
    serving, trust = certificate(tmp_path, "hook.example")
    ok = b"HTTP/1.1 204 No Content\r\ncontent-length: 0\r\n\r\n"
    seen: list[bytes] = []
    async with server(ok, seen, tls=serving) as port:
        outgoing = Outgoing(allows_private=True, resolve=to("127.0.0.1"), trust=trust)
        answer = await outgoing.post(f"https://hook.example:{port}/", b"", media_type="text/plain")
        with pytest.raises(Trouble):
            await outgoing.post(f"https://other.example:{port}/", b"", media_type="text/plain")
        await outgoing.close()
        stranger = Outgoing(allows_private=True, resolve=to("127.0.0.1"))
        with pytest.raises(Trouble):
            await stranger.post(f"https://hook.example:{port}/", b"", media_type="text/plain")
        await stranger.close()
    assert (answer.status, len(seen)) == (204, 1)


@pytest.mark.anyio
async def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    seen: list[bytes] = []
    moved = b"HTTP/1.1 302 Found\r\nlocation: http://169.254.169.254/\r\ncontent-length: 0\r\n\r\n"
    async with server(moved, seen) as port:
        outgoing = Outgoing(allows_private=True)
        answer = await outgoing.post(f"http://127.0.0.1:{port}/", b"", media_type="text/plain")
        await outgoing.close()
    assert (answer.status, answer.is_success, len(seen)) == (302, False, 1)


@pytest.mark.anyio
async def test_an_endless_answer_is_cut() -> None:
    flood = b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * (module.ANSWER_BYTES_MAX * 5)
    async with server(flood, []) as port:
        outgoing = Outgoing(allows_private=True)
        answer = await outgoing.post(f"http://127.0.0.1:{port}/", b"", media_type="text/plain")
        await outgoing.close()
    assert len(answer.content) == module.ANSWER_BYTES_MAX


@pytest.mark.anyio
async def test_a_server_that_never_answers_is_trouble(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ANSWER_SECONDS", 0.2)
    async with server(b"", [], wait=3) as port:
        outgoing = Outgoing(allows_private=True)
        with pytest.raises(Trouble):
            await outgoing.post(f"http://127.0.0.1:{port}/", b"", media_type="text/plain")
        await outgoing.close()


@pytest.mark.anyio
async def test_no_server_and_no_name_are_trouble() -> None:
    for outgoing in (Outgoing(allows_private=True, resolve=never), Outgoing(
        allows_private=True, resolve=to("127.0.0.1")
    )):  # fmt: skip
        with pytest.raises(Trouble):
            await outgoing.post("http://hook.example:1/", b"", media_type="text/plain")
        await outgoing.close()


@pytest.mark.anyio
async def test_too_much_is_never_sent() -> None:
    outgoing = Outgoing(resolve=to("8.8.8.8"))
    with pytest.raises(Refusal):
        await outgoing.post(
            "http://hook.example/", b"x" * (module.REQUEST_BYTES_MAX + 1), media_type="text/plain"
        )
    await outgoing.close()


def test_a_signature_matches_the_published_vector() -> None:
    # Standard Webhooks, the example of its reference libraries.
    headers = signature(
        [SECRET], "msg_p5jXN8AQM9LWM0D4loKWxJek", datetime.fromtimestamp(1614265330, UTC),
        b'{"test": 2432232314}',
    )  # fmt: skip
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_two_secrets_give_two_signatures_of_which_either_is_enough() -> None:
    other = new_secret(bytes(32))
    headers = signature([other, SECRET], "m-1", NOW, b"content")
    assert len(headers["webhook-signature"].split(" ")) == 2
    assert is_signed(SECRET, headers, b"content", NOW)
    assert is_signed(other, headers, b"content", NOW)


def test_what_was_signed_is_accepted_unaltered_and_in_time() -> None:
    headers = signature([SECRET], "m-1", NOW, b"content")
    assert is_signed(SECRET, headers, b"content", NOW + timedelta(minutes=4))
    assert not is_signed(SECRET, headers, b"content", NOW + timedelta(minutes=6))
    assert not is_signed(SECRET, headers, b"content", NOW - timedelta(minutes=6))
    assert not is_signed(SECRET, headers, b"other", NOW)
    assert not is_signed(new_secret(bytes(32)), headers, b"content", NOW)
    assert not is_signed(SECRET, {**headers, "webhook-id": "m-2"}, b"content", NOW)
    several = {**headers, "webhook-signature": f"v1,AAAA v1a,x {headers['webhook-signature']}"}
    assert is_signed(SECRET, several, b"content", NOW)


@given(st.dictionaries(
    st.sampled_from(["webhook-id", "webhook-timestamp", "webhook-signature"]), st.text()
))  # fmt: skip
def test_forged_headers_are_never_accepted_and_never_fail(headers: dict[str, str]) -> None:
    assert not is_signed(SECRET, headers, b"content", NOW)
