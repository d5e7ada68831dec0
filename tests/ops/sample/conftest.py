from pathlib import Path

import pytest

from pengcheng.ops import sample

SEED = 20261120


@pytest.fixture(scope="session")
def pack() -> Path:
    return Path(__file__).parents[3] / "packs" / "sample_city"


@pytest.fixture(scope="session")
def outlines(pack: Path) -> sample.Outlines:
    return sample.outlines(pack, SEED)
