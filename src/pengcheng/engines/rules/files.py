"""DMN files in and out."""

from collections.abc import Iterable

from pengcheng.engines.rules.engine import Model
from pengcheng.engines.rules.model import Definitions
from pengcheng.engines.rules.reading import read_definitions
from pengcheng.engines.rules.writing import write_definitions


def read_dmn(data: bytes, imports: Iterable[Model] = ()) -> Model:
    """The model of a DMN 1.3, 1.4 or 1.5 file, with the models that it imports.

    Refuses files that are unsafe, too large, of another standard or circular; faults in single
    texts are told by `Model.faults`.
    """
    return Model(read_definitions(data), imports)


def write_dmn(model: Model | Definitions) -> bytes:
    """The DMN 1.5 file of a model, diagrams and extensions that it was read with included."""
    return write_definitions(model.definitions if isinstance(model, Model) else model)
