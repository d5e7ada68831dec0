"""The bus may be away; nothing is lost, nothing travels twice."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import nats
import pytest

from pengcheng.ground import relay
from pengcheng.ground.bus import Bus, Message, token
from pengcheng.ground.database import Database
from pengcheng.ground.subscriptions import advance
from pengcheng.kernel.authz import PERSONAL, SYSTEM
from pengcheng.kernel.errors import Trouble
from pengcheng.kernel.ids import new_id
from pengcheng.kernel.log import Entry
from pengcheng.ops import children, private_folder, system_account
from pengcheng.ops import nats as nats_server

pytestmark = pytest.mark.anyio
NOWHERE = "nats://127.0.0.1:1"


async def until(holds: Callable[[], bool], seconds: float = 15) -> None:
    async with asyncio.timeout(seconds):
        while not holds():  # noqa: ASYNC110  what is watched is another process
            await asyncio.sleep(0.02)


async def messages(url: str) -> list[dict[str, object]]:
    """Everything that the log's stream holds."""
    client = await nats.connect(url)
    stream = client.jetstream()
    count = (await stream.stream_info("CITY_LOG")).state.messages
    subscription = await stream.subscribe("city.log.>", ordered_consumer=True)
    found = [await subscription.next_msg(timeout=5) for _ in range(count)]
    await client.close()
    return [{"on": one.subject, **json.loads(one.data)} for one in found]


@pytest.fixture
async def bus(nats_url: str) -> AsyncIterator[Bus]:
    made = Bus(nats_url)
    made.open()
    await until(lambda: made.is_connected)
    client = await nats.connect(nats_url)
    await client.jetstream().purge_stream("CITY_LOG")
    await client.close()
    yield made
    await made.close()


def entry(number: int, **more: object) -> Entry:
    after = {"number": number}
    fields = {"kind": "case.accepted", "subject_type": "case", "after": after, **more}
    return Entry(subject_id=new_id(), **fields)  # type: ignore[arg-type]  # any field, by name


async def append(database: Database, *entries: Entry) -> None:
    async with database.transaction(SYSTEM) as work:
        await work.append(*entries)


async def drain(database: Database, bus: Bus) -> int:
    handled = 0
    while moved := await advance(database, relay.relay(bus)):
        handled += moved
    return handled


async def test_a_message_is_kept_once_however_often_it_is_published(
    bus: Bus, nats_url: str
) -> None:
    sent = [
        Message(subject="city.log.case.x", id=f"once-{new_id()}", content=b'{"n": %d}' % number)
        for number in range(3)
    ]
    await bus.publish(*sent)
    await bus.publish(*sent)
    assert [found["n"] for found in await messages(nats_url)] == [0, 1, 2]


async def test_without_a_server_the_program_goes_on() -> None:
    bus = Bus(NOWHERE)
    bus.open()
    assert not bus.is_connected
    await bus.wake()
    assert not await bus.rest(0.05)
    with pytest.raises(Trouble):
        await bus.publish(Message(subject="city.log.case.x", id="1", content=b"{}"))
    await bus.close()


async def test_one_process_wakes_another(bus: Bus, nats_url: str) -> None:
    other = Bus(nats_url)
    other.open()
    await until(lambda: other.is_connected)
    while await bus.rest(0.05):
        pass
    await other.wake()
    assert await bus.rest(5)
    assert not await bus.rest(0.05)
    await other.close()


async def test_a_subject_is_heard(bus: Bus) -> None:
    heard: list[bytes] = []

    async def act(content: bytes) -> None:
        heard.append(content)

    await bus.hear("city.log.case.>", act)
    await bus.publish(Message(subject="city.log.case.x", id=f"heard-{new_id()}", content=b"1"))
    await until(lambda: heard == [b"1"])


async def test_the_relay_copies_the_log_in_order(
    bus: Bus, nats_url: str, database: Database
) -> None:
    await append(database, *(entry(number) for number in range(5)))
    await append(database, entry(5, kind="case.closed", subject_type="permit *>", after=None))
    assert await drain(database, bus) == 6
    assert await drain(database, bus) == 0
    found = await messages(nats_url)
    assert [event["on"] for event in found] == [
        *["city.log.case.case.accepted"] * 5, "city.log.permit___.case.closed",
    ]  # fmt: skip
    assert [event["data"]["after"] for event in found[:5]] == [{"number": n} for n in range(5)]  # type: ignore[index]  # JSON
    assert {event["specversion"] for event in found} == {"1.0"}
    assert found[0]["id"] == found[0]["sequence"]


async def test_what_is_personal_travels_without_its_content(
    bus: Bus, nats_url: str, database: Database
) -> None:
    await append(database, entry(1, sensitivity=PERSONAL, after={"title": "private"}))
    await drain(database, bus)
    [found] = await messages(nats_url)
    assert "private" not in json.dumps(found)
    assert found["type"] == "case.accepted"


async def test_what_is_too_long_travels_without_its_content(
    bus: Bus, nats_url: str, database: Database
) -> None:
    await append(database, entry(1, after={"title": "x" * 3_000_000}))
    assert await drain(database, bus) == 1
    [found] = await messages(nats_url)
    assert "data" not in found


async def test_while_the_bus_is_away_the_cursor_stands(
    bus: Bus, nats_url: str, database: Database
) -> None:
    await append(database, *(entry(number) for number in range(3)))
    away = Bus(NOWHERE)
    away.open()
    for _ in range(3):
        with pytest.raises(Trouble):
            await advance(database, relay.relay(away))
    await away.close()
    assert await drain(database, bus) == 3
    assert len(await messages(nats_url)) == 3


async def test_a_relay_that_died_before_its_cursor_moved_doubles_nothing(
    bus: Bus, nats_url: str, database: Database
) -> None:
    await append(database, *(entry(number) for number in range(3)))
    await drain(database, bus)
    async with database.transaction(SYSTEM) as work:
        await work.run("update subscription set tx = '0', seq = 0")
    assert await drain(database, bus) == 3
    assert len(await messages(nats_url)) == 3


async def test_after_the_server_was_killed_and_lost_everything_the_bus_is_whole_again(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    start, end = _server(tmp_path_factory.mktemp("bus"))
    url = await start()
    bus = Bus(url)
    bus.open()
    await until(lambda: bus.is_connected)
    await end()
    await until(lambda: not bus.is_connected)
    with pytest.raises(Trouble):
        await bus.publish(Message(subject="city.log.case.x", id="1", content=b"{}"))
    await start()
    await until(lambda: bus.is_connected)
    await bus.publish(Message(subject="city.log.case.x", id="2", content=b"{}"))
    assert len(await messages(url)) == 1
    await bus.close()
    await end()


def _server(
    data: Path,
) -> tuple[Callable[[], Awaitable[str]], Callable[[], Awaitable[None]]]:
    """A server of this test's own, that can be killed and comes back empty on its port."""
    made = nats_server.bus(data, user=system_account.for_servers())
    running: list[tuple[children.Child, private_folder.Handle]] = []

    async def start() -> str:
        handle = private_folder.Handle(made.folder)
        child = children.start(nats_server.program(made, handle, log=data / "nats.log"))
        running.append((child, handle))
        await until(lambda: nats_server.is_ready(made))
        return made.url

    async def end() -> None:
        child, handle = running.pop()
        child.process.kill()
        child.process.wait()
        handle.close()
        private_folder.remove(made.folder / "jetstream")

    return start, end


@pytest.mark.parametrize(
    ("text", "made"), [("case", "case"), ("a.b", "a_b"), ("", "_"), ("> *", "___"), ("诉求", "__")]
)
def test_any_text_is_one_token_of_a_subject(text: str, made: str) -> None:
    assert token(text) == made
