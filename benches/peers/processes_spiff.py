"""SpiffWorkflow as a peer of `./bench processes`: the same work, its own serialisation, one row."""

import json
import sys
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

import psycopg
from SpiffWorkflow import TaskState
from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.parser import BpmnParser
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer

TOLD = json.load(sys.stdin)


def play(spec, end):
    """Start, store, load, complete, store; how many came to the right end."""
    serializer = BpmnWorkflowSerializer(BpmnWorkflowSerializer.configure())
    done = 0
    with psycopg.connect(TOLD["url"], autocommit=True, prepare_threshold=2) as connection:
        while time.monotonic() < end:
            workflow = BpmnWorkflow(spec)
            workflow.data.update(TOLD["given"])
            workflow.do_engine_steps()
            advance_manual(workflow)
            key = uuid.uuid4()
            connection.execute(
                "insert into spiff (id, state) values (%s, %s)",
                (key, serializer.serialize_json(workflow)),
            )
            with connection.transaction():
                row = connection.execute(
                    "select state from spiff where id = %s for update", (key,)
                ).fetchone()
                workflow = serializer.deserialize_json(row[0])
                task = next(iter(workflow.get_tasks(state=TaskState.READY, manual=True)))
                task.data.update(TOLD["decided"])
                task.run()
                workflow.do_engine_steps()
                advance_manual(workflow)
                connection.execute(
                    "update spiff set state = %s where id = %s",
                    (serializer.serialize_json(workflow), key),
                )
            done += workflow.is_completed()
    return done


def advance_manual(workflow):
    """SpiffWorkflow waits at manual tasks; here, as in ours, they are passed."""
    while True:
        ready = [
            task
            for task in workflow.get_tasks(state=TaskState.READY, manual=True)
            if task.task_spec.bpmn_id != "decide"
        ]
        if not ready:
            return
        for task in ready:
            task.run()
        workflow.do_engine_steps()


def main():
    parser = BpmnParser()
    parser.add_bpmn_file(TOLD["file"])
    spec = parser.get_spec("six")
    with psycopg.connect(TOLD["url"], autocommit=True) as connection:
        connection.execute("create table if not exists spiff (id uuid primary key, state text)")
    begun = time.monotonic()
    end = begun + TOLD["seconds"]
    with ThreadPoolExecutor(TOLD["connections"]) as pool:
        counts = list(pool.map(lambda _: play(spec, end), range(TOLD["connections"])))
    print(json.dumps({"rate": sum(counts) / (time.monotonic() - begun)}))


main()
