"""Files that people send: told by content, cleaned, within limits, given out within their case."""

import io
from typing import Any

import pytest
from PIL import Image

from pengcheng.engines.files.service import shown_name
from tests.city import City
from tests.portals.applicant.paper import picture

WAV = b"RIFF\x24\x00\x00\x00WAVEfmt " + bytes(28)
PDF = b"%PDF-1.7\n%%EOF\n"


def upload(city: City, name: str, content: bytes, by: str = "citizen") -> Any:
    return city.client.post(
        "/api/v1/files", files=[("file", (name, content, "application/octet-stream"))],
        headers=city.as_(by),
    )  # fmt: skip


def sent(city: City, name: str, content: bytes, by: str = "citizen") -> dict[str, Any]:
    answer = upload(city, name, content, by)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()["items"][0]
    return found


def test_a_picture_is_written_anew_without_where_it_was_taken(city: City) -> None:
    file = sent(city, "IMG 0001.HEIC.jpeg", picture(place=True))

    answer = city.client.get(file["url"], headers=city.as_("citizen"))

    assert answer.headers["content-type"] == "image/jpeg"
    assert len(Image.open(io.BytesIO(answer.content)).getexif()) == 0
    assert b"Exif" not in answer.content


def test_a_picture_has_a_small_form(city: City) -> None:
    file = sent(city, "a.jpg", picture())
    small = f"/files/{file['id']}/small"

    answer = city.client.get(small, headers=city.as_("citizen"))

    assert max(Image.open(io.BytesIO(answer.content)).size) <= 480


@pytest.mark.parametrize(
    ("name", "content", "kind"), [("v.wav", WAV, "audio/wav"), ("d.pdf", PDF, "application/pdf")]
)
def test_voice_notes_and_documents_are_taken(
    city: City, name: str, content: bytes, kind: str
) -> None:
    assert sent(city, name, content)["media_type"] == kind


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"MZ\x90\x00", 422, "file.kind_not_taken"),
        (b"<html><script>", 422, "file.kind_not_taken"),
        (b"", 422, "file.kind_not_taken"),
        (b"\xff\xd8\xff\xe0 torn off", 422, "picture.damaged"),
        (WAV + bytes(10 * 1024 * 1024), 413, "file.too_large"),
    ],
)
def test_what_is_no_picture_voice_note_or_document_is_refused(
    city: City, content: bytes, status: int, code: str
) -> None:
    before = city.query("select count(*) from stored_file")

    answer = upload(city, "photo.jpg", content)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert city.query("select count(*) from stored_file") == before


def test_a_document_is_never_shown_in_our_own_page(city: City) -> None:
    file = sent(city, "../../etc/passwd\r\nX: y.pdf", PDF)

    answer = city.client.get(file["url"], headers=city.as_("citizen"))

    told = answer.headers["content-disposition"]
    assert told.startswith("attachment; filename*=UTF-8''")
    assert "/" not in told.split("''")[1]
    assert "sandbox" in answer.headers["content-security-policy"]


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("../../etc/passwd", "passwd.jpg"),
        ("C:\\Users\\me\\照片.png", "照片.jpg"),
        ("a\x00b\u202e.jpg", "ab.jpg"),
        ("....", "file.jpg"),
        ("x" * 500, "x" * 120 + ".jpg"),
    ],
)
def test_a_name_is_only_ever_a_name(given: str, shown: str) -> None:
    assert shown_name(given, "image/jpeg") == shown


def test_a_loose_file_is_its_senders_alone(city: City) -> None:
    path = f"/files/{sent(city, 'a.jpg', picture())['id']}"

    assert city.client.get(path, headers=city.as_("citizen")).status_code == 200
    assert city.client.get(path, headers=city.as_("citizen2")).status_code == 404
    assert city.client.get(path).status_code == 404


def test_a_file_is_read_by_those_who_may_read_its_case(city: City) -> None:
    file = sent(city, "a.jpg", picture())
    fields = {"subject": "积水", "body": "梅亭路积水", "photos": [file["id"]]}
    city.send_case(fields=fields, files=[file["id"]])
    path = f"/files/{file['id']}"

    assert city.client.get(path, headers=city.as_("operator")).status_code == 200
    assert city.client.get(path, headers=city.as_("citizen")).status_code == 200
    assert city.client.get(path, headers=city.as_("citizen2")).status_code == 404
    assert city.client.get(path, headers=city.as_("clerk.nanshan")).status_code == 404


def test_a_link_is_for_one_reader_and_cannot_be_forged(city: City) -> None:
    url = sent(city, "a.jpg", picture())["url"]
    path, _, mark = url.partition("?for=")

    assert city.client.get(url, headers=city.as_("citizen2")).status_code == 404
    assert city.client.get(f"{path}?for={int(mark[:10]) + 9}{mark[10:]}").status_code == 404
    assert city.client.get(f"{path}?for=").status_code == 404
