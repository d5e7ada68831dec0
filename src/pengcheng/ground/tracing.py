"""Traces by OpenTelemetry. Nothing leaves the machine unless a collector's address is given."""

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import NoOpTracerProvider, Tracer

SERVICE = "pengcheng"
EXPORT_SECONDS = 5


class Tracing:
    """The tracer of one process; without collector and processor its spans cost next to nothing.

    `endpoint`: base address of an OTLP collector over HTTP ("http://127.0.0.1:4318").
    """

    def __init__(
        self, role: str, *, endpoint: str = "", version: str = "", to: SpanProcessor | None = None
    ) -> None:
        self._provider: TracerProvider | None = None
        processor = to or (_exporting(endpoint) if endpoint else None)
        if processor is not None:
            facts = {"service.name": SERVICE, "service.version": version, "pengcheng.role": role}
            self._provider = TracerProvider(resource=Resource(facts))
            self._provider.add_span_processor(processor)

    @property
    def tracer(self) -> Tracer:
        """What starts spans."""
        provider = self._provider or NoOpTracerProvider()
        return provider.get_tracer(SERVICE)

    def close(self) -> None:
        """Send what is left."""
        if self._provider is not None:
            self._provider.shutdown()


def _exporting(endpoint: str) -> SpanProcessor:
    address = endpoint.rstrip("/") + "/v1/traces"
    return BatchSpanProcessor(OTLPSpanExporter(endpoint=address, timeout=EXPORT_SECONDS))
