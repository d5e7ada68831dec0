"""Structured logs and figures about the program itself.

Log lines are JSON on standard error, each with the request it belongs to, and never with personal
data: fields that could hold it are left out, and numbers that look like a person's are masked in
what remains, tracebacks included. Figures are kept in the text format of Prometheus; where several
processes serve one city they share a folder, and each tells the figures of all.
"""

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from pathlib import Path
from typing import Any, TextIO

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from pengcheng.ground.database import Work

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
SECONDS_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1.0, 2.5, 5.0, 10.0)
SHARED_FOLDER_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
"""The library reads it at import: whoever starts the processes sets it to one empty folder."""

LEFT_OUT = "…"
_PRIVATE = frozenset(
    {
        "address", "authorization", "body", "cookie", "email", "identity_number", "name",
        "owner", "password", "person", "personal", "phone", "secret", "telephone", "text", "title",
        "token",
    }
)  # fmt: skip
_LIKE_PERSONAL = re.compile(
    r"(?<![0-9A-Fa-f-])(?:[1-9]\d{16}[\dXx]|1[3-9]\d{9})(?![0-9A-Fa-f-])"
    r"|[\w.+-]+@[\w-]+(?:\.[\w-]+)+"
    r"|\bpc_[\w-]{20,}"
)


def configure_logs(level: str = "info", *, to: TextIO | None = None) -> None:
    """Write log lines of ours and of libraries in the one form; call once at start."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        structlog.processors.format_exc_info,
        without_personal_data,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    lines = logging.StreamHandler(to or sys.stderr)
    lines.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [lines]
    root.setLevel(level.upper())
    # These write a line for each request, with its address, beside ours.
    for name in ("httpx", "httpcore", "uvicorn.access"):
        logging.getLogger(name).setLevel(logging.WARNING)


def begin_request(request_id: str, **facts: str) -> None:
    """Let every line from here on carry a request's id; each task has its own."""
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=request_id, **facts)


def end_request() -> None:
    """The request is over."""
    structlog.contextvars.clear_contextvars()


def without_personal_data(
    _: object, __: str, line: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """A log line with nothing in it about a person."""
    for key, value in line.items():
        line[key] = LEFT_OUT if key in _PRIVATE else _masked(value)
    return line


def _masked(value: Any) -> Any:
    if isinstance(value, str):
        return _LIKE_PERSONAL.sub(LEFT_OUT, value)
    if isinstance(value, Mapping):
        return {
            key: LEFT_OUT if key in _PRIVATE else _masked(inner) for key, inner in value.items()
        }
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_masked(inner) for inner in value]
    if isinstance(value, (bool, int, float, type(None))):
        return value
    # A library's own value, or one of ours: as text, and as carefully as any text.
    return _LIKE_PERSONAL.sub(LEFT_OUT, str(value))


class Metrics:
    """The figures of one process; `shared` is the folder of `SHARED_FOLDER_VARIABLE`, if set."""

    def __init__(self, *, shared: Path | None = None) -> None:
        self._shared = shared
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "pengcheng_requests", "Answered requests", ("method", "route", "status"),
            registry=self.registry,
        )  # fmt: skip
        self._request_seconds = Histogram(
            "pengcheng_request_seconds", "Time to answer", ("route",), buckets=SECONDS_BUCKETS,
            registry=self.registry,
        )  # fmt: skip
        self._handled = self._counter("subscriber_handled", "Entries handled", "subscriber")
        self._fired = self._counter("timers_fired", "Timers fired", "kind")
        self._delivered = self._counter("webhook_deliveries", "Tries of webhooks", "outcome")
        self._lag = self._gauge("subscriber_lag_entries", "Log entries behind", "subscriber")
        self._lag_seconds = self._gauge(
            "subscriber_lag_seconds", "Since its cursor moved while behind", "subscriber"
        )
        self._timers = self._gauge("timers_overdue", "Timers past due and not fired")
        self._parked = self._gauge("parked_open", "Failed work that waits for an operator")
        self._bus = self._gauge("bus_connected", "Whether the bus answers")

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        """A request was answered; `route` is the pattern, never the address itself."""
        self._requests.labels(method, route, str(status)).inc()
        self._request_seconds.labels(route).observe(seconds)

    def handled(self, subscriber: str, entries: int) -> None:
        """A subscriber moved on."""
        self._handled.labels(subscriber).inc(entries)

    def fired(self, kind: str) -> None:
        """A timer fired."""
        self._fired.labels(kind).inc()

    def delivered(self, outcome: str) -> None:
        """An event was sent to a webhook: "taken" or "failed"."""
        self._delivered.labels(outcome).inc()

    def bus(self, *, is_connected: bool) -> None:
        """Whether the bus answers now."""
        self._bus.set(is_connected)

    async def measure(self, work: Work) -> None:
        """Read what only the database knows; cheap enough for every few seconds."""
        lags = await work.tuples(
            """select name, greatest(coalesce(head.seq, 0) - subscription.seq, 0),
                      extract(epoch from clock_timestamp() - moved_at)::float8
               from subscription left join
                    (select seq from log order by tx desc, seq desc limit 1) head on true"""
        )
        for name, entries, seconds in lags:
            self._lag.labels(name).set(entries)
            self._lag_seconds.labels(name).set(max(seconds, 0) if entries else 0)
        self._timers.set(
            await work.value("select count(*) from timer where due_at < clock_timestamp()")
        )
        self._parked.set(await work.value("select count(*) from parked where resolved_at is null"))

    def exposition(self) -> bytes:
        """What `/metrics` answers, as `CONTENT_TYPE`."""
        if self._shared is None:
            return generate_latest(self.registry)
        together = CollectorRegistry()
        MultiProcessCollector(together, path=str(self._shared))  # type: ignore[no-untyped-call]  # the library has no types here
        return generate_latest(together)

    def _counter(self, name: str, told: str, *labels: str) -> Counter:
        return Counter(f"pengcheng_{name}", told, labels, registry=self.registry)

    def _gauge(self, name: str, told: str, *labels: str) -> Gauge:
        return Gauge(
            f"pengcheng_{name}", told, labels, registry=self.registry,
            multiprocess_mode="mostrecent",
        )  # fmt: skip
