"""Answers as JSON bytes."""

from typing import Any

import msgspec
from litestar import Response

_encoder = msgspec.json.Encoder(enc_hook=str)


def json_response(
    value: Any, *, status: int = 200, headers: dict[str, str] | None = None
) -> Response[bytes]:
    """A value as JSON."""
    return Response(
        _encoder.encode(value), status_code=status, media_type="application/json", headers=headers
    )
