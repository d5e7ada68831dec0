"""Traces by OpenTelemetry: request, database, subscriber. Nothing leaves the machine unless a
collector's address is given.

The trace of a request has the request's id, so that what a subscriber does later, in another
process, is told in the trace of the request that caused it: the log keeps that id. Spans carry
routes, names and codes, never addresses, values or messages.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from uuid import UUID

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.trace import (
    Link,
    NonRecordingSpan,
    Span,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
    set_span_in_context,
    use_span,
)

from pengcheng.kernel.errors import PengchengError
from pengcheng.kernel.ids import to_id

SERVICE = "pengcheng"
EXPORT_SECONDS = 5
LINKS_MAX = 50
_SPAN_BITS = 0xFFFF_FFFF_FFFF_FFFF

_request: ContextVar[UUID | None] = ContextVar("traced_request", default=None)


class Tracing:
    """The spans of one process; without collector and processor they cost next to nothing.

    `endpoint`: base address of an OTLP collector over HTTP ("http://127.0.0.1:4318").
    """

    def __init__(
        self, role: str, *, endpoint: str = "", version: str = "", to: SpanProcessor | None = None
    ) -> None:
        self._provider: TracerProvider | None = None
        processor = to or (_exporting(endpoint) if endpoint else None)
        if processor is not None:
            facts = {"service.name": SERVICE, "service.version": version, "pengcheng.role": role}
            self._provider = TracerProvider(resource=Resource(facts), id_generator=_Ids())
            self._provider.add_span_processor(processor)
            self._tracer = self._provider.get_tracer(SERVICE)

    @property
    def is_on(self) -> bool:
        """Whether anybody hears of spans."""
        return self._provider is not None

    @contextmanager
    def request(self, request_id: UUID, method: str) -> Iterator[Span | None]:
        """The span of one request, whose trace has its id; None when nobody hears."""
        if self._provider is None:
            yield None
            return
        held = _request.set(request_id)
        span = self._tracer.start_span(method, context=Context(), kind=SpanKind.SERVER)
        _request.reset(held)
        with self._told(span):
            yield span

    @contextmanager
    def within(self, name: str, **facts: str | int) -> Iterator[None]:
        """A part of what is being done, such as a transaction."""
        if self._provider is None:
            yield
            return
        with self._told(self._tracer.start_span(name, attributes=facts)):
            yield

    @contextmanager
    def caused(self, name: str, request_ids: Sequence[str], **facts: str | int) -> Iterator[None]:
        """What is done because of requests: in the trace of the one, or linked to the several."""
        if self._provider is None:
            yield
            return
        causes = [_context_of(found) for text in request_ids if (found := to_id(text))]
        context = Context()
        if len(causes) == 1:
            context = set_span_in_context(NonRecordingSpan(causes[0]), context)
        links = [Link(cause) for cause in causes[:LINKS_MAX]] if len(causes) > 1 else []
        span = self._tracer.start_span(
            name, context=context, kind=SpanKind.CONSUMER, links=links, attributes=facts
        )
        with self._told(span):
            yield

    @contextmanager
    def _told(self, span: Span) -> Iterator[None]:
        """The current span, with the code of what fails and nothing else of it."""
        use = use_span(span, end_on_exit=True, record_exception=False,
                       set_status_on_exception=False)  # fmt: skip
        with use:
            try:
                yield
            except BaseException as failure:
                code = failure.code if isinstance(failure, PengchengError) else ""
                span.set_status(Status(StatusCode.ERROR))
                span.set_attribute("error.type", code or type(failure).__name__)
                raise

    def close(self) -> None:
        """Send what is left."""
        if self._provider is not None:
            self._provider.shutdown()


class _Ids(RandomIdGenerator):
    """Random ids, but those of a request are made of its own."""

    def generate_trace_id(self) -> int:
        request_id = _request.get()
        return request_id.int if request_id else super().generate_trace_id()

    def generate_span_id(self) -> int:
        request_id = _request.get()
        return request_id.int & _SPAN_BITS if request_id else super().generate_span_id()


def _context_of(request_id: UUID) -> SpanContext:
    """Where the span of a request stands, in whichever process it was."""
    return SpanContext(
        trace_id=request_id.int,
        span_id=request_id.int & _SPAN_BITS,
        is_remote=True,
        trace_flags=TraceFlags(TraceFlags.SAMPLED),
    )


def _exporting(endpoint: str) -> SpanProcessor:
    address = endpoint.rstrip("/") + "/v1/traces"
    return BatchSpanProcessor(OTLPSpanExporter(endpoint=address, timeout=EXPORT_SECONDS))
