"""A request is followed from its answer through the database to what subscribers do about it."""

from typing import Any
from uuid import UUID

import msgspec
import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from pengcheng.edge import following
from pengcheng.ground import subscriptions
from pengcheng.ground.tracing import Tracing
from tests.city import City


@pytest.fixture
def kept(fresh_city: City, monkeypatch: pytest.MonkeyPatch) -> InMemorySpanExporter:
    """Every span that the city ends."""
    exporter = InMemorySpanExporter()
    tracing = Tracing("web", to=SimpleSpanProcessor(exporter))
    services = msgspec.structs.replace(fresh_city.services, tracing=tracing)
    monkeypatch.setattr(fresh_city.client.app.asgi_handler, "_services", services)
    monkeypatch.setattr(services.database, "tracing", tracing)
    return exporter


def named(kept: InMemorySpanExporter, name: str) -> list[ReadableSpan]:
    return [span for span in kept.get_finished_spans() if span.name == name]


def test_a_request_is_traced_through_the_database_to_a_subscriber(
    fresh_city: City, kept: InMemorySpanExporter
) -> None:
    city = fresh_city
    [search] = [one for one in following.subscribers(city.services) if one.name == "search"]
    city.run(subscriptions.start_at_head, city.services.database, search.name)
    kept.clear()

    answer = city.client.post(
        "/api/v1/cases/demand",
        json={"channel": "api", "fields": {"subject": "雨水口堵了", "body": "梅亭路口积水"}},
        headers=city.as_("citizen"),
    )
    city.run(subscriptions.advance, city.services.database, search)

    request_id = UUID(answer.headers["x-request-id"])
    [request] = named(kept, "POST /api/v1/cases/{kind}")
    [handled] = named(kept, "subscriber search")
    written = [span for span in kept.get_finished_spans() if span.name.startswith("database.")]
    parts = [span for span in written if span.context.trace_id == request_id.int]
    assert request.context.trace_id == handled.context.trace_id == request_id.int
    assert parts
    assert {span.parent and span.parent.span_id for span in (*parts, handled)} == {
        request.context.span_id
    }
    assert request.attributes == {
        "http.request.method": "POST",
        "http.route": "/api/v1/cases/{kind}",
        "http.response.status_code": 201,
    }


@pytest.mark.parametrize(
    ("path", "status"),
    [("/api/v1/cases/demand/D2026-13800000001", 404), ("/nothing/13800000001", 404)],
)
def test_a_trace_tells_no_address(
    fresh_city: City, kept: InMemorySpanExporter, path: str, status: int
) -> None:
    answer = fresh_city.client.get(path, headers=fresh_city.as_("operator"))

    assert answer.status_code == status
    spans: list[Any] = list(kept.get_finished_spans())
    assert spans
    assert all("13800000001" not in span.to_json() for span in spans)
