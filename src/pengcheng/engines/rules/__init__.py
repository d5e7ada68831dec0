"""Rules: decision models of DMN 1.5, read, written, compiled once and evaluated often."""

from pengcheng.engines.rules.engine import Explained, Model
from pengcheng.engines.rules.files import read_dmn

__all__ = ["Explained", "Model", "read_dmn"]
