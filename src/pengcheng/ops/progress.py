"""What a person at the terminal sees while a city starts: one line a step, in both languages."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from pengcheng.kernel.words import Words


@contextmanager
def step(words: Words) -> Iterator[None]:
    """Say what is being done, and when it is done how long it took."""
    print(f"▸ {words.zh}  {words.en} …", end="", flush=True)
    begun = time.monotonic()
    try:
        yield
    except BaseException:
        print(" ✗", flush=True)
        raise
    print(f" {time.monotonic() - begun:.1f} s", flush=True)


def say(words: Words) -> None:
    """One line, in both languages."""
    print(f"{words.zh}  {words.en}", flush=True)
