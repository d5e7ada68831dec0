"""The language of a request: chosen by cookie, else the browser's first, else Chinese."""

from pengcheng.kernel.words import Language

LANGUAGE_COOKIE = "language"


def cookie_of(headers: dict[bytes, bytes], name: str) -> str:
    """The value of a cookie; "" when it is not there."""
    for part in headers.get(b"cookie", b"").decode("latin-1").split(";"):
        key, _, value = part.strip().partition("=")
        if key == name:
            return value
    return ""


def language_of(headers: dict[bytes, bytes]) -> Language:
    """The reader's language: chosen by cookie, else the browser's first, else Chinese."""
    chosen = cookie_of(headers, LANGUAGE_COOKIE)
    if chosen in {"zh", "en"}:
        return "en" if chosen == "en" else "zh"
    accepted = headers.get(b"accept-language", b"").decode("latin-1").lower()
    first = accepted.split(",")[0].strip()
    return "en" if first.startswith("en") else "zh"
