"""A file is what its content proves."""

import io
import struct
import zlib
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from pengcheng.ground import media
from pengcheng.kernel.errors import Refusal, TooLarge


def picture(kind: str = "JPEG", size: tuple[int, int] = (60, 40), mode: str = "RGB") -> bytes:
    made = io.BytesIO()
    Image.new(mode, size, "teal").save(made, kind)
    return made.getvalue()


def photograph() -> bytes:
    """A JPEG with position, time, camera and a turned sensor, as a telephone writes it."""
    exif = Image.Exif()
    exif[0x0112] = 6  # the sensor was turned
    exif[0x010F] = "SecretCamera"
    place = exif.get_ifd(0x8825)
    place[1], place[2] = "N", (22.0, 32.0, 36.0)
    place[3], place[4] = "E", (114.0, 3.0, 0.0)
    details = exif.get_ifd(0x8769)
    details[36867] = "2026:11:20 14:05:00"
    made = io.BytesIO()
    Image.new("RGB", (60, 40), "teal").save(made, "JPEG", exif=exif, comment=b"private")
    return made.getvalue()


def png_that_claims(width: int, height: int) -> bytes:
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + head
    body = struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk))
    data = b"IDAT" + zlib.compress(b"\0" * 1000)
    body += struct.pack(">I", len(data) - 4) + data + struct.pack(">I", zlib.crc32(data))
    return b"\x89PNG\r\n\x1a\n" + body


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (picture("JPEG"), "image/jpeg"),
        (picture("PNG"), "image/png"),
        (picture("WEBP"), "image/webp"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "image/heic"),
        (b"%PDF-1.7\n", "application/pdf"),
        (b"ID3\x04\0\0\0\0\0\0", "audio/mpeg"),
        (b"\xff\xfb\x90\x64", "audio/mpeg"),
        (b"\0\0\0\x1cftypM4A \0\0\0\0", "audio/mp4"),
        (b"\0\0\0\x1cftypisom\0\0\0\0....hdlr....soun", "audio/mp4"),
        (b"\0\0\0\x1cftypisom\0\0\0\0....hdlr....vide", "video/mp4"),
        (b"OggS\0\x02", "audio/ogg"),
        (b"\x1aE\xdf\xa3\x9fB\x86\x81\x01B\x82\x84webm...A_OPUS", "audio/webm"),
        (b"\x1aE\xdf\xa3\x9fB\x86\x81\x01B\x82\x84webm...V_VP8", "video/webm"),
        (b"RIFF\x24\0\0\0WAVEfmt ", "audio/wav"),
        (b"RIFF\x24\0\0\0AVI LIST", None),
        (b"<html><script>alert(1)</script>", None),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", None),
        (b"MZ\x90\0", None),
        (b"\xff\xff\xff\xff", None),
        (b"GIF89a", None),
        (b"", None),
    ],
)
def test_the_first_bytes_tell_what_a_file_is(head: bytes, kind: str | None) -> None:
    assert media.sniff(head) == kind


@given(st.binary(max_size=64))
def test_sniffing_never_fails(head: bytes) -> None:
    assert media.sniff(head) in {None, *media.EXTENSIONS}


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_picture_is_examined(kind: str) -> None:
    found = media.examine(picture(kind))
    assert (found.width, found.height, found.position, found.taken_at) == (60, 40, None, None)


def test_position_and_time_are_read_before_they_are_stripped() -> None:
    found = media.examine(photograph())
    assert found.position == (114.05, 22.5433333)
    assert found.taken_at == datetime(2026, 11, 20, 6, 5, tzinfo=UTC)


def test_a_cleaned_picture_is_upright_and_holds_nothing_but_pixels() -> None:
    clean = media.cleaned(photograph())
    with Image.open(io.BytesIO(clean)) as shown:
        assert shown.size == (40, 60)
        assert dict(shown.getexif()) == {}
        assert "comment" not in shown.info
    assert b"SecretCamera" not in clean
    assert b"Exif" not in clean


def test_a_thumbnail_is_small_and_what_was_transparent_is_white() -> None:
    made = io.BytesIO()
    Image.new("RGBA", (3000, 1500), (0, 0, 0, 0)).save(made, "PNG")
    with Image.open(io.BytesIO(media.thumbnail(made.getvalue()))) as shown:
        assert shown.size == (480, 240)
        assert shown.getpixel((5, 5)) == (255, 255, 255)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not a picture",
        b"<svg onload=alert(1)>",
        b"\xff\xd8\xff\xe0 but no more",
        picture("JPEG")[:-300],
        picture("PNG")[:60],
        b"\0\0\0\x18ftypheic\0\0\0\0mif1heic",
        b"RIFF\x24\0\0\0WEBPVP8 ",
        png_that_claims(100, 100),
    ],
)
def test_what_is_not_a_whole_picture_is_refused(content: bytes) -> None:
    with pytest.raises(Refusal):
        media.examine(content)
    with pytest.raises(Refusal):
        media.cleaned(content)


@pytest.mark.parametrize("size", [(20_000, 20_000), (8_000, 7_000), (25_000, 10)])
@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_a_bomb_is_refused_before_it_is_unpacked(size: tuple[int, int]) -> None:
    with pytest.raises(TooLarge):
        media.examine(png_that_claims(*size))


@pytest.mark.filterwarnings("ignore::UserWarning")
@given(st.data())
def test_a_damaged_photograph_is_shown_or_refused_and_nothing_else(data: st.DataObject) -> None:
    content = bytearray(photograph())
    for _ in range(data.draw(st.integers(1, 8))):
        at = data.draw(st.integers(3, len(content) - 1))
        content[at] = data.draw(st.integers(0, 255))
    outcomes = []
    for act in (media.examine, media.cleaned):
        try:
            outcomes.append(bool(act(bytes(content))))
        except Refusal:
            outcomes.append(True)
    assert outcomes == [True, True]
