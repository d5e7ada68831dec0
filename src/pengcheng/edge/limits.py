"""How often one address may ask: a bucket for each, generous on loopback."""

import time
from collections.abc import Callable

from pengcheng.kernel.errors import TooMany

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost", "testclient"})
BUCKETS_MAX = 100_000
LOOPBACK_FACTOR = 1000


class Limit:
    """At most `per_minute` requests a minute and address, with bursts of the same size."""

    def __init__(self, per_minute: int, tell: Callable[[], float] = time.monotonic) -> None:
        self._per_minute = per_minute
        self._tell = tell
        self._buckets: dict[str, tuple[float, float]] = {}

    def take(self, address: str) -> None:
        """Count one request; `TooMany` with the seconds to wait when the bucket is empty."""
        most = float(self._per_minute * (LOOPBACK_FACTOR if address in LOOPBACK else 1))
        now = self._tell()
        if len(self._buckets) >= BUCKETS_MAX:
            self._buckets.clear()
        left, at = self._buckets.get(address, (most, now))
        left = min(most, left + (now - at) * most / 60)
        if left < 1:
            seconds = max(1, round((1 - left) * 60 / most))
            raise TooMany("request.too_many", seconds=seconds, per_minute=self._per_minute)
        self._buckets[address] = (left - 1, now)
