"""The process of a case as a BPMN 2.0 file: read into the same shape as the short form, so that the
same checks say what is wrong; what a case cannot run by is refused by the standard's name for it.
"""

import re

import msgspec

from pengcheng.engines.processes import CaseForm, case_form, definition_in, read
from pengcheng.kernel.errors import PengchengError
from pengcheng.kernel.words import Words
from pengcheng.pack.faults import Faults
from pengcheng.pack.nodes import Document
from pengcheng.pack.process_files import note_findings
from pengcheng.pack.shapes import Span
from pengcheng.pack.shapes_work import ActionShape, ProcessShape, StepShape

STEPS = ("process", "steps")
_ID = re.compile(r'\bid="([^"]+)"')


class BpmnDocument(Document, frozen=True):
    """A YAML document whose steps stand in a BPMN file: where a fault is found is told there."""

    bpmn: str
    text: str

    def at(self, *path: str | int) -> tuple[str, int]:
        """File and line of what stands at a path; a step's is its element's."""
        if path[:2] != STEPS or len(path) < len(STEPS) + 1:
            return Document.at(self, *path)
        return self.bpmn, self.keys(*STEPS).get(str(path[2]), 1)

    def keys(self, *path: str) -> dict[str, int]:
        """The keys at a path with their lines; for the steps, the ids of the file."""
        if path != STEPS:
            return Document.keys(self, *path)
        return {
            found[1]: self.text.count("\n", 0, found.start()) + 1
            for found in _ID.finditer(self.text)
        }


def with_steps(shape: ProcessShape, document: BpmnDocument, faults: Faults) -> ProcessShape | None:
    """The shape with the steps of its file; None when the file is no process of a case."""
    try:
        form, found = case_form(definition_in(read(document.text.encode())))
    except PengchengError:
        return None  # told where the file was read
    for item in found:
        note_findings(faults, document.at(*STEPS, item.element), iter((item,)))
    return None if form is None else _filled(shape, form, document, faults)


def _filled(
    shape: ProcessShape, form: CaseForm, document: BpmnDocument, faults: Faults
) -> ProcessShape:
    steps = {}
    for step in form.steps:
        if step.within and not _is_span(step.within):
            at = document.at(*STEPS, step.id)
            faults.add(at, "process.within", given=step.within)
        steps[step.id] = StepShape(
            name=Words(*step.name), stage=step.stage, kind=step.kind, role=step.role or None,
            within=step.within if _is_span(step.within) else None, actions=dict(step.actions),
        )  # fmt: skip
    verbs = {verb for step in form.steps for verb in step.actions}
    named = {
        verb: ActionShape(name=Words(*name)) for verb, name in form.verbs.items() if verb in verbs
    }
    return msgspec.structs.replace(
        shape, start=form.start, steps=steps, actions={**named, **shape.actions}
    )


def _is_span(text: str) -> bool:
    try:
        msgspec.convert(text, Span)
    except msgspec.ValidationError:
        return False
    return True
