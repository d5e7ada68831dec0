"""What a file really is, told by its content; pictures checked, cleaned and made small. Pure.

Decoding costs processor time: call `examine` and `cleaned` through `asyncio.to_thread`.
"""

import io
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from math import isnan
from typing import Any

import msgspec
from PIL import ExifTags, Image, ImageOps

from pengcheng.kernel.errors import Refusal, TooLarge
from pengcheng.kernel.time import CITY_ZONE

PICTURE_BYTES_MAX = 20 * 1024 * 1024
PICTURE_PIXELS_MAX = 50_000_000
PICTURE_SIDE_MAX = 20_000
THUMBNAIL_SIDE = 480
"""The longer side of a thumbnail in pixels."""

VIEW_SIDE = 2_000
JPEG_QUALITY = 82

PICTURES = frozenset({"image/jpeg", "image/png", "image/webp", "image/heic"})
SOUNDS = frozenset({"audio/mpeg", "audio/mp4", "audio/ogg", "audio/webm", "audio/wav"})
DOCUMENTS = frozenset({"application/pdf"})

EXTENSIONS = {
    "image/jpeg": "jpg", "image/png": "png", "image/webp": "webp", "image/heic": "heic",
    "audio/mpeg": "mp3", "audio/mp4": "m4a", "audio/ogg": "ogg", "audio/webm": "webm",
    "audio/wav": "wav", "video/mp4": "mp4", "video/webm": "webm", "application/pdf": "pdf",
}  # fmt: skip

_READABLE = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP"}
_HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"mif1", b"msf1"})
_SOUND_BRANDS = frozenset({b"M4A ", b"M4B "})
_UNREADABLE = (
    OSError, SyntaxError, ValueError, TypeError, KeyError, IndexError, OverflowError, EOFError,
    ZeroDivisionError, MemoryError, struct.error, zlib.error, Image.DecompressionBombError,
)  # fmt: skip

# Pillow warns past this and refuses past its double; `_opened` refuses past it.
Image.MAX_IMAGE_PIXELS = PICTURE_PIXELS_MAX


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """A picture that really is one. `position` (longitude, latitude in degrees, WGS 84) and
    `taken_at` are what its camera wrote into it, true or not; a camera that wrote no time zone
    is taken to be in the city."""

    media_type: str
    width: int
    height: int
    position: tuple[float, float] | None = None
    taken_at: datetime | None = None


def sniff(head: bytes) -> str | None:
    """The media type that the first 4 KiB of a file prove; None for what we do not take."""
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if head.startswith(b"RIFF"):
        return {b"WEBP": "image/webp", b"WAVE": "audio/wav"}.get(head[8:12])
    if head.startswith(b"%PDF-"):
        return "application/pdf"
    if head.startswith(b"OggS"):
        return "audio/ogg"
    if head.startswith(b"\x1aE\xdf\xa3") and b"webm" in head[:64]:
        return "video/webm" if b"V_" in head else "audio/webm"
    if head[4:8] == b"ftyp":
        return _iso_media(head)
    return "audio/mpeg" if head.startswith(b"ID3") or _is_mpeg_frame(head) else None


def _iso_media(head: bytes) -> str:
    brand = head[8:12]
    if brand in _HEIC_BRANDS:
        return "image/heic"
    is_sound = brand in _SOUND_BRANDS or (b"soun" in head and b"vide" not in head)
    return "audio/mp4" if is_sound else "video/mp4"


def _is_mpeg_frame(head: bytes) -> bool:
    """ISO 11172-3 2.4.1.3: sync, no reserved version or layer III only, bit rate, sampling rate."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return False
    version, layer = head[1] >> 3 & 3, head[1] >> 1 & 3
    rate, sampling = head[2] >> 4, head[2] >> 2 & 3
    return version != 1 and layer == 1 and rate not in {0, 15} and sampling != 3


def examine(content: bytes) -> Picture:
    """Decode a picture in full. `Refusal` when it is not one or we cannot read its kind,
    `TooLarge` past the limits on bytes, sides and pixels."""
    with _opened(content) as (picture, media_type):
        try:
            picture.load()
            exif = picture.getexif()
            position, taken_at = _position(exif), _taken_at(exif)
        except _UNREADABLE as failure:
            raise Refusal("picture.damaged") from failure
        return Picture(
            media_type=media_type,
            width=picture.width,
            height=picture.height,
            position=position,
            taken_at=taken_at,
        )


def cleaned(content: bytes, side: int = VIEW_SIDE) -> bytes:
    """The picture turned upright, at most `side` pixels long, as JPEG with nothing but pixels:
    no position, time, camera, comment or hidden preview. Errors as `examine`."""
    with _opened(content) as (picture, _):
        try:
            picture.draft("RGB", (side, side))
            upright = ImageOps.exif_transpose(picture)
            upright.thumbnail((side, side))
            pixels = _on_white(upright)
            made = io.BytesIO()
            pixels.save(made, "JPEG", quality=JPEG_QUALITY, optimize=True)
        except _UNREADABLE as failure:
            raise Refusal("picture.damaged") from failure
    return made.getvalue()


def thumbnail(content: bytes) -> bytes:
    """The picture as lists show it; see `cleaned`."""
    return cleaned(content, THUMBNAIL_SIDE)


@contextmanager
def _opened(content: bytes) -> Iterator[tuple[Image.Image, str]]:
    """A picture whose head was read and whose size is within the limits."""
    picture, media_type = _open(content)
    with picture:
        yield picture, media_type


def _open(content: bytes) -> tuple[Image.Image, str]:
    if len(content) > PICTURE_BYTES_MAX:
        raise TooLarge("picture.too_large", limit=f"{PICTURE_BYTES_MAX >> 20} MB")
    media_type = sniff(content[:4096])
    if media_type not in PICTURES:
        raise Refusal("picture.not_one")
    if media_type not in _READABLE:
        raise Refusal("picture.kind_unreadable", kind=media_type)
    try:
        picture = Image.open(io.BytesIO(content), formats=[_READABLE[media_type]])
    except Image.DecompressionBombError as failure:
        raise TooLarge(
            "picture.too_many_pixels", millions=PICTURE_PIXELS_MAX // 1_000_000
        ) from failure
    except _UNREADABLE as failure:
        raise Refusal("picture.damaged") from failure
    width, height = picture.size
    if width * height > PICTURE_PIXELS_MAX or max(width, height) > PICTURE_SIDE_MAX:
        picture.close()
        raise TooLarge("picture.too_many_pixels", millions=PICTURE_PIXELS_MAX // 1_000_000)
    return picture, media_type


def _on_white(picture: Image.Image) -> Image.Image:
    """What was transparent becomes white; JPEG has no transparency."""
    if picture.mode in {"RGB", "L"}:
        plain = picture.copy()
        plain.info.clear()
        return plain
    ground = Image.new("RGB", picture.size, "white")
    layered = picture.convert("RGBA")
    ground.paste(layered, mask=layered.getchannel("A"))
    return ground


def _position(exif: Image.Exif) -> tuple[float, float] | None:
    place = exif.get_ifd(ExifTags.IFD.GPSInfo)
    latitude = _degrees(place.get(2), place.get(1), "S")
    longitude = _degrees(place.get(4), place.get(3), "W")
    if latitude is None or longitude is None or abs(latitude) > 90 or abs(longitude) > 180:
        return None
    return None if (longitude, latitude) == (0, 0) else (longitude, latitude)


def _degrees(parts: Any, reference: Any, negative: str) -> float | None:
    try:
        degrees, minutes, seconds = (float(part) for part in parts)
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    value = round(degrees + minutes / 60 + seconds / 3600, 7)
    if isnan(value):  # cameras without a fix write 0/0
        return None
    return -value if str(reference).strip("\0 ") == negative else value


def _taken_at(exif: Image.Exif) -> datetime | None:
    details = exif.get_ifd(ExifTags.IFD.Exif)
    text, offset = details.get(36867), details.get(36881)
    if not isinstance(text, str):
        return None
    try:
        if isinstance(offset, str):
            return datetime.strptime(text + offset, "%Y:%m:%d %H:%M:%S%z").astimezone(UTC)
        local = datetime.strptime(text, "%Y:%m:%d %H:%M:%S").replace(tzinfo=CITY_ZONE)
    except ValueError:
        return None
    return local.astimezone(UTC)
