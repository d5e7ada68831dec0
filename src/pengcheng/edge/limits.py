"""How often one address may ask: a bucket for each, generous on loopback."""

import time
from collections.abc import Callable

from pengcheng.edge.asking import AnyRequest, actor_of, services_of
from pengcheng.kernel.errors import TooMany

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost", "testclient"})
BUCKETS_MAX = 100_000
LOOPBACK_FACTOR = 1000


class Limit:
    """At most so many requests a minute and address, with bursts of the same size."""

    def __init__(self, tell: Callable[[], float] = time.monotonic) -> None:
        self._tell = tell
        self._buckets: dict[str, tuple[float, float]] = {}

    def take(self, address: str, per_minute: int) -> None:
        """Count one request; `TooMany` with the seconds to wait when the bucket is empty."""
        most = float(per_minute * (LOOPBACK_FACTOR if address in LOOPBACK else 1))
        now = self._tell()
        if len(self._buckets) >= BUCKETS_MAX:
            self._buckets.clear()
        left, at = self._buckets.get(address, (most, now))
        left = min(most, left + (now - at) * most / 60)
        if left < 1:
            seconds = max(1, round((1 - left) * 60 / most))
            raise TooMany("request.too_many", seconds=seconds, per_minute=per_minute)
        self._buckets[address] = (left - 1, now)


_guest_files = Limit()


def limited(request: AnyRequest, limit: Limit, per_minute: int, count: int = 1) -> None:
    """Count requests, or what they bring, against the address that sent them."""
    address = request.client.host if request.client else "unknown"
    for _ in range(count):
        limit.take(address, per_minute)


def limit_guest_files(request: AnyRequest, count: int) -> None:
    """Refuse more files than one address may send in without an account: each costs work and
    room."""
    if actor_of(request).account_id is None:
        limited(request, _guest_files, services_of(request).settings.guest_files, count)
