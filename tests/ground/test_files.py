"""What was put is what is read, or nothing."""

import errno
import os
from collections.abc import AsyncIterator
from hashlib import sha256
from pathlib import Path

import pytest

from pengcheng.ground import files as module
from pengcheng.ground.files import Files
from pengcheng.kernel.errors import Absent, TooLarge, Trouble

pytestmark = pytest.mark.anyio


@pytest.fixture
def store(tmp_path: Path) -> Files:
    made = Files(tmp_path / "files")
    made.open()
    return made


def everything(store: Files) -> list[Path]:
    return [path for path in store.folder.rglob("*") if path.is_file()]


async def chunks(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


async def test_a_file_stands_under_the_hash_of_its_content(store: Files) -> None:
    stored = await store.put(chunks(b"peng", b"cheng"))
    digest = sha256(b"pengcheng").hexdigest()
    assert (stored.sha256, stored.size_bytes, stored.head) == (digest, 9, b"pengcheng")
    assert everything(store) == [store.folder / digest[:2] / digest[2:4] / digest]
    assert await store.read(digest) == b"pengcheng"
    assert b"".join([chunk async for chunk in store.stream(digest)]) == b"pengcheng"


async def test_equal_content_is_kept_once(store: Files) -> None:
    first = await store.put_bytes(b"same")
    assert await store.put_bytes(b"same") == first
    assert len(everything(store)) == 1


async def test_more_than_the_limit_is_refused_and_leaves_nothing(store: Files) -> None:
    with pytest.raises(TooLarge):
        await store.put(chunks(b"x" * 6, b"y" * 6), limit=11)
    assert everything(store) == []
    assert (await store.put(chunks(b"x" * 6, b"y" * 5), limit=11)).size_bytes == 11


async def test_a_sender_that_breaks_off_leaves_nothing(store: Files) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield b"half"
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        await store.put(broken())
    assert everything(store) == []


async def test_a_large_file_goes_through_in_pieces(store: Files) -> None:
    piece = os.urandom(300_000)
    stored = await store.put(chunks(*([piece] * 12)))
    assert stored.sha256 == sha256(piece * 12).hexdigest()
    assert stored.head == piece[:4096]
    assert await store.verify(stored.sha256)


async def test_a_damaged_file_is_never_served_and_putting_it_again_mends_it(store: Files) -> None:
    stored = await store.put_bytes(b"evidence")
    everything(store)[0].write_bytes(b"evidenke")
    assert not await store.verify(stored.sha256)
    with pytest.raises(Trouble):
        await store.read(stored.sha256)
    with pytest.raises(Trouble):
        [chunk async for chunk in store.stream(stored.sha256)]
    await store.put_bytes(b"evidence")
    assert await store.read(stored.sha256) == b"evidence"


@pytest.mark.parametrize(
    "name", ["", "..", "../../etc/passwd", "A" * 64, "0" * 63, "0" * 65, "0" * 63 + "/", "0" * 64]
)
async def test_only_a_known_hash_names_a_file(store: Files, name: str) -> None:
    with pytest.raises(Absent):
        await store.read(name)
    with pytest.raises(Absent):
        await store.verify(name)


async def test_a_full_disk_is_trouble_and_leaves_nothing(
    store: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(number: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(module.os, "fsync", full)
    with pytest.raises(Trouble) as raised:
        await store.put_bytes(b"too much")
    assert raised.value.code == "disk.full"
    assert everything(store) == []


async def test_what_dead_processes_left_is_cleared_at_start(store: Files) -> None:
    old, young = store.folder / "tmp" / "old", store.folder / "tmp" / "young"
    old.write_bytes(b"x")
    young.write_bytes(b"x")
    os.utime(old, (0, 0))
    store.open()
    assert everything(store) == [young]


async def test_a_removed_file_is_absent(store: Files) -> None:
    stored = await store.put_bytes(b"gone")
    assert await store.has(stored.sha256)
    await store.remove(stored.sha256)
    await store.remove(stored.sha256)
    assert not await store.has(stored.sha256)
