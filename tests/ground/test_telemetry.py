"""The program tells about itself, and nothing about persons."""

import asyncio
import io
import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from pengcheng.ground import telemetry
from pengcheng.ground.database import Database
from pengcheng.ground.telemetry import Metrics
from pengcheng.ground.tracing import Tracing
from pengcheng.kernel.authz import SYSTEM
from pengcheng.kernel.errors import Refusal
from pengcheng.kernel.ids import new_id
from pengcheng.kernel.log import Entry


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    before = (root.handlers[:], root.level)
    to = io.StringIO()
    telemetry.configure_logs("info", to=to)
    yield to
    telemetry.end_request()
    structlog.reset_defaults()
    root.handlers[:], level = before
    root.setLevel(level)


def told(lines: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in lines.getvalue().splitlines()]


def test_a_line_is_json_with_time_level_and_request(lines: io.StringIO) -> None:
    telemetry.begin_request("r-1", route="/api/v1/{type}")
    structlog.get_logger("x").info("case.accepted", case_id="c-1", count=3)
    [line] = told(lines)
    assert line.pop("at")
    assert line == {
        "event": "case.accepted", "level": "info", "request_id": "r-1", "route": "/api/v1/{type}",
        "case_id": "c-1", "count": 3,
    }  # fmt: skip


def test_each_task_has_its_own_request(lines: io.StringIO) -> None:
    async def one(request_id: str) -> None:
        telemetry.begin_request(request_id)
        await asyncio.sleep(0)
        structlog.get_logger("x").info(request_id)

    async def both() -> None:
        await asyncio.gather(one("r-1"), one("r-2"))

    asyncio.run(both())
    assert [(line["event"], line["request_id"]) for line in told(lines)] == [
        ("r-1", "r-1"),
        ("r-2", "r-2"),
    ]


def test_lines_of_libraries_have_the_same_form(lines: io.StringIO) -> None:
    telemetry.begin_request("r-1")
    logging.getLogger("some.library").warning("call 13800138000 or a@b.cn")
    [line] = told(lines)
    assert (line["event"], line["request_id"]) == ("call … or …", "r-1")


def test_nothing_personal_is_ever_written(lines: io.StringIO) -> None:
    logger = structlog.get_logger("x")
    logger.info("one", telephone="13800138000", title="我家漏水", note="身份证44030119900101123X。")
    logger.info("two", facts={"name": "张三", "inner": [{"body": "x"}, "13800138000"]})
    logger.info("three", reason=ValueError("bearer pc_abcdefghijklmnopqrstuvwxyz"))
    try:
        raise ValueError("no account for someone@example.com")
    except ValueError:
        logger.exception("four")
    written = lines.getvalue()
    for secret in ("13800138000", "我家", "4403011990", "张三", "pc_abc", "someone@"):
        assert secret not in written
    assert "ValueError" in written


@pytest.mark.parametrize(
    "harmless",
    ["01a1fde4-8230-749d-8c31-10f0378a220f", "2026-11-21T11:00:00Z", "a" * 64, "1234567"],
)
def test_identifiers_and_times_stay_readable(lines: io.StringIO, harmless: str) -> None:
    structlog.get_logger("x").info("e", id=harmless)
    assert told(lines)[0]["id"] == harmless


def test_figures_of_requests_are_told() -> None:
    metrics = Metrics()
    metrics.request("GET", "/api/v1/{type}", 200, 0.03)
    metrics.request("GET", "/api/v1/{type}", 200, 0.4)
    metrics.handled("search", 7)
    metrics.bus(is_connected=True)
    text = metrics.exposition().decode()
    route = 'route="/api/v1/{type}"'
    assert f'pengcheng_requests_total{{method="GET",{route},status="200"}} 2.0' in text
    assert f'pengcheng_request_seconds_bucket{{le="0.05",{route}}} 1.0' in text
    assert 'pengcheng_subscriber_handled_total{subscriber="search"} 7.0' in text
    assert "pengcheng_bus_connected 1.0" in text


@pytest.mark.anyio
async def test_lag_timers_and_parked_work_are_measured(database: Database) -> None:
    async with database.transaction(SYSTEM) as work:
        await work.append(
            *(Entry(kind="a.b", subject_type="case", subject_id=new_id()) for _ in range(4))
        )
        await work.run("insert into subscription (name) values ('search')")
        await work.run(
            """insert into timer (id, due_at, kind, subject_id)
               values (gen_random_uuid(), now() - interval '1 hour', 'k', gen_random_uuid()),
                      (gen_random_uuid(), now() + interval '1 hour', 'k', gen_random_uuid())"""
        )
        await work.run(
            """insert into parked (id, subscriber, tries, error)
               values (gen_random_uuid(), 'search', 5, 'x')"""
        )
    metrics = Metrics()
    async with database.reading() as work:
        await metrics.measure(work)
    text = metrics.exposition().decode()
    assert 'pengcheng_subscriber_lag_entries{subscriber="search"} 4.0' in text
    assert "pengcheng_timers_overdue 1.0" in text
    assert "pengcheng_parked_open 1.0" in text


def test_every_process_tells_the_figures_of_all(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from pengcheng.ground.telemetry import Metrics\n"
        f"made = Metrics(shared=Path({str(tmp_path)!r})); made.request('GET', '/', 200, 0.1)\n"
        "made.bus(is_connected=True); sys.stdout.buffer.write(made.exposition())"
    )
    environment = {**os.environ, telemetry.SHARED_FOLDER_VARIABLE: str(tmp_path)}
    told = [
        subprocess.run(
            [sys.executable, "-c", program], env=environment, capture_output=True, check=True
        ).stdout.decode()
        for _ in range(2)
    ]
    assert 'pengcheng_requests_total{method="GET",route="/",status="200"} 2.0' in told[1]
    assert "pengcheng_bus_connected 1.0" in told[1]


def test_without_a_collector_no_span_is_kept() -> None:
    tracing = Tracing("web")
    with tracing.request(new_id(), "GET") as span, tracing.within("database.reading"):
        assert span is None
    assert not tracing.is_on
    tracing.close()


def test_spans_reach_the_processor_with_their_role() -> None:
    kept = InMemorySpanExporter()
    tracing = Tracing("worker", version="0.1.0", to=SimpleSpanProcessor(kept))
    with tracing.within("subscriber"):
        pass
    tracing.close()
    [span] = kept.get_finished_spans()
    assert (span.name, span.resource.attributes["pengcheng.role"]) == ("subscriber", "worker")


def test_the_trace_of_a_request_has_its_id_and_those_of_its_parts() -> None:
    kept = InMemorySpanExporter()
    tracing = Tracing("web", to=SimpleSpanProcessor(kept))
    request_id = new_id()
    with tracing.request(request_id, "POST"), tracing.within("database.transaction"):
        pass
    with tracing.caused("subscriber search", [str(request_id)]):
        pass
    part, request, later = kept.get_finished_spans()
    assert {span.context.trace_id for span in (part, request, later)} == {request_id.int}
    assert request.parent is None
    assert part.parent.span_id == later.parent.span_id == request.context.span_id


def test_what_several_requests_caused_is_linked_to_each() -> None:
    kept = InMemorySpanExporter()
    tracing = Tracing("worker", to=SimpleSpanProcessor(kept))
    causes = [new_id(), new_id()]
    with tracing.caused("subscriber search", [str(one) for one in causes]):
        pass
    [span] = kept.get_finished_spans()
    assert span.parent is None
    assert [link.context.trace_id for link in span.links] == [one.int for one in causes]


def test_a_span_that_fails_tells_the_code_and_nothing_of_the_matter() -> None:
    kept = InMemorySpanExporter()
    tracing = Tracing("web", to=SimpleSpanProcessor(kept))
    with pytest.raises(Refusal), tracing.within("database.transaction"):
        raise Refusal("account.unknown", telephone="13800000001")
    [span] = kept.get_finished_spans()
    assert span.attributes == {"error.type": "account.unknown"}
    assert "13800000001" not in span.to_json()
