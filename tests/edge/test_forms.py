"""Forms that are too large, broken, or carry what a name must not: refused, with nothing kept."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.city import City

BOUNDARY = "x" * 16
MULTIPART = f"multipart/form-data; boundary={BOUNDARY}"
URL_ENCODED = "application/x-www-form-urlencoded"
ROUTES = ("/api/v1/files", "/open311/v2/requests.json", "/sign-in")
LIMITS = (
    "pengcheng.edge.open311_asking.FILES_BYTES_MAX",
    "pengcheng.edge.files_api.BODY_BYTES_MAX", "pengcheng.edge.open311_asking.FORM_BYTES_MAX",
    "pengcheng.portals.pages.FORM_BYTES_MAX",
)  # fmt: skip


def part(name: str, content: bytes, file: str = "") -> bytes:
    told = f'; filename="{file}"' if file else ""
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{told}\r\n\r\n'
    return head.encode() + content + f"\r\n--{BOUNDARY}--\r\n".encode()


def post(city: City, path: str, content: Any, media_type: str = MULTIPART) -> Any:
    headers = {**city.as_("citizen"), "content-type": media_type, "accept": "application/json"}
    return city.client.post(path, content=content, headers=headers, follow_redirects=False)


@pytest.mark.parametrize("path", ROUTES)
@pytest.mark.parametrize("media_type", [MULTIPART, URL_ENCODED])
def test_a_form_beyond_the_limit_is_refused_though_its_length_is_not_told(
    city: City, path: str, media_type: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in LIMITS:
        monkeypatch.setattr(name, 200_000)

    def endless() -> Iterator[bytes]:
        yield part("file", b"", "a.jpg").removesuffix(f"\r\n--{BOUNDARY}--\r\n".encode())
        for _ in range(1000):
            yield b"a" * 10_000

    answer = post(city, path, endless(), media_type)

    # GeoReport has 400 for all that is wrong with a request.
    assert answer.status_code in {400, 413}
    assert "200000" in answer.text


@pytest.mark.parametrize("path", ROUTES)
@pytest.mark.parametrize(
    ("media_type", "content"),
    [
        ("multipart/form-data", b"x"),
        (MULTIPART, b"not a part at all"),
        (MULTIPART, part("a", b"b")[: len(BOUNDARY) + 20]),
        (MULTIPART, b"--" + BOUNDARY.encode() + b"\r\n\r\n\r\n"),
        (MULTIPART, b"".join(part(f"f{n}", b"1") for n in range(1500))),
        (MULTIPART, part("a\x00b", b"\xff\xfe")),
        (URL_ENCODED, b"%ff%fe=%00&a"),
        (URL_ENCODED, b"a=1&" * 20_000),
        ("application/json", b"{}"),
    ],
)
def test_a_broken_form_is_refused_and_never_a_crash(
    city: City, path: str, media_type: str, content: bytes
) -> None:
    answer = post(city, path, content, media_type)

    assert 300 <= answer.status_code < 500, answer.text


@pytest.mark.parametrize(
    "name", ["../../../../etc/passwd", "..\\..\\boot.ini", "a\r\nX-Evil: 1", "C:\\x\\con.jpg", ""]
)
def test_a_path_in_a_file_name_is_a_name_only(city: City, name: str) -> None:
    answer = city.client.post(
        "/api/v1/files", headers=city.as_("citizen"),
        files=[("file", (name or " ", b"%PDF-1.4\n%%EOF", "application/pdf"))],
    )  # fmt: skip
    shown = [item["name"] for item in answer.json().get("items", ())]
    assert answer.status_code in {201, 422}
    assert not any(mark in one for one in shown for mark in ("/", "\\", "\r", "\n", ".."))
