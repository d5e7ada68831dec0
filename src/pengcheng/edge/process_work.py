"""What durable processes ask of the rest of the city: decisions by published rules, service tasks
by the packs' algorithms; and the loop that does what is due."""

import asyncio
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from pengcheng import pack
from pengcheng.edge.services import Services
from pengcheng.engines.feel import plain
from pengcheng.engines.processes import (
    Answered,
    Asked,
    Decide,
    OutsideCall,
    Processes,
    Worker,
    compile_declared,
    definition_in,
    read,
)
from pengcheng.engines.rules import Model, NewRecord, Rules, decide, keep, revived
from pengcheng.ground.database import Work
from pengcheng.kernel.authz import SYSTEM
from pengcheng.kernel.errors import Refusal
from pengcheng.kernel.registry import Registry
from pengcheng.kernel.time import Clock

DUE_SECONDS = 1.0


def deciding(rules: Rules, clock: Clock) -> Decide:
    """Rule tasks by the newest published rule of that name ("rule" or "rule/decision"); the run is
    kept as a decision record in the step's own transaction. Outputs become variables."""

    async def decided(work: Work, asked: Asked) -> Mapping[str, Any]:
        name, _, wanted = asked.decision.partition("/")
        version = await rules.newest(name)
        model = await rules.model(version.id)
        decision = wanted or _only(model, name)
        run = decide(model, decision, dict(asked.variables), clock.now())
        record = NewRecord(
            subject_type="process_instance", subject_id=asked.instance_id, step=asked.node,
            rule=name, version=str(version.number), at=run.at, inputs=run.inputs,
            output=run.output, why={"zh": run.why.zh, "en": run.why.en},
            about={"decision": decision}, fingerprint=run.fingerprint, sources=run.sources,
            fired=run.fired, basis=run.basis,
        )  # fmt: skip
        await keep(work, [record])
        found = _json(plain(revived(run.output)))
        return found if isinstance(found, dict) else {decision: found}

    return decided


def _only(model: Model, name: str) -> str:
    if name in model.decisions:
        return name
    if len(model.decisions) != 1:
        raise Refusal("process.which_decision", rule=name, found=", ".join(model.decisions))
    return model.decisions[0]


def _json(value: Any) -> Any:
    """A value as variables keep it: JSON, whole numbers as such."""
    match value:
        case Decimal():
            return int(value) if value == value.to_integral_value() else float(value)
        case list():
            return [_json(item) for item in value]
        case dict():
            return {name: _json(item) for name, item in value.items()}
    return value


def worker_of(services: Services) -> Worker:
    """Does what is due of instances; an operation "pack.algorithm" is that algorithm, given the
    variables as its one row. What nobody answers is parked for an operator."""

    async def answer(call: OutsideCall) -> Answered:
        called = pack.functions(services.registry).get(call.operation)
        if called is None:
            raise Refusal("process.no_service", operation=call.operation)
        rows = await asyncio.to_thread(called, [dict(call.variables)])
        return Answered(_json(dict(rows[0])) if rows else {})

    return Worker(services.processes, {"*": answer})


async def run_due(worker: Worker) -> None:
    """Everything that is due now."""
    while await worker.run_due():
        pass


async def publish_processes(processes: Processes, registry: Registry) -> None:
    """Publish what the packs declare, BPMN files and short forms; what has not changed stays."""
    for name, content in registry.process_files.items():
        await processes.publish(SYSTEM, definition_in(read(content.encode())), name)
    for name, declared in registry.processes.items():
        await processes.publish(SYSTEM, compile_declared(declared), name)
