"""The one relay: a subscriber that copies the log to JetStream, in order, each entry once.

Its cursor moves only when the server keeps the batch. A batch that is sent again after a crash
carries the same message ids, which the stream drops within its window; past the window a reader
knows a second copy by its `id`.
"""

from collections.abc import Sequence

from pengcheng.ground import cloud_events
from pengcheng.ground.bus import MESSAGE_BYTES_MAX, Bus, Message, token
from pengcheng.ground.database import Work
from pengcheng.ground.log import Positioned
from pengcheng.ground.subscriptions import Subscriber
from pengcheng.kernel.log import LoggedEntry

NAME = "relay.bus"
BATCH = 500
GATHER_SECONDS = 0.1


def relay(bus: Bus) -> Subscriber:
    """The subscriber to register with the worker. While the bus is away its `handle` is `Trouble`
    at once, so that the transaction that holds the cursor is short."""

    async def copy(_: Work, found: Sequence[Positioned]) -> None:
        await bus.publish(*(to_message(one) for one in found))

    return Subscriber(name=NAME, handle=copy, batch=BATCH, gather=GATHER_SECONDS)


def subject_of(entry: LoggedEntry) -> str:
    """`city.log.<type>.<kind>`; the parts of a kind stay parts of the subject."""
    kind = ".".join(token(part) for part in entry.kind.split("."))
    return f"city.log.{token(entry.subject_type)}.{kind}"


def to_message(found: Positioned) -> Message:
    """An entry as it travels."""
    event = cloud_events.of_entry(found)
    return Message(
        subject=subject_of(found.entry),
        id=found.position.text,
        content=cloud_events.encode(event, bytes_max=MESSAGE_BYTES_MAX),
        media_type=cloud_events.MEDIA_TYPE,
    )
