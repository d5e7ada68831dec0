"""The keys of a city that exists in tests only."""

from pengcheng.ground.crypto import Keys

KEYS = Keys(bytes(range(32)))
