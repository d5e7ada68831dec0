"""Receipt codes that this browser holds, for those who follow a case without an account.

They stand in a cookie that ends with the browser's session, is sent to this portal only, and that
no script can read.
"""

from collections.abc import Mapping
from typing import Any

from litestar import Response

from pengcheng.edge.asking import AnyRequest
from pengcheng.portals.applicant.side import Side

COOKIE = "receipts"
HELD_MAX = 5
LENGTH_MAX = 64


def held(request: AnyRequest) -> Mapping[str, str]:
    """Case number → receipt code."""
    pairs = [part.partition(".") for part in request.cookies.get(COOKIE, "").split("~")]
    return {
        code: receipt
        for code, dot, receipt in pairs
        if dot and 0 < len(code) <= LENGTH_MAX and 0 < len(receipt) <= LENGTH_MAX
    }


def hold(response: Response[Any], request: AnyRequest, side: Side, code: str, receipt: str) -> None:
    """Let the browser keep one more receipt code; the oldest makes room."""
    pairs = {**{k: v for k, v in held(request).items() if k != code}, code: receipt}
    kept = list(pairs.items())[-HELD_MAX:]
    response.set_cookie(
        COOKIE,
        "~".join(f"{number}.{secret}" for number, secret in kept),
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
        path=side.prefix,
    )
