"""The sample city: pure generators, the same city for the same seed, and nothing real about people.

They read the content of `packs/sample_city` and return frozen structs; whoever calls them writes
these through the engines. Outlines below the districts are schematic, streets synthetic, and each
record says so. Numbers of people pass formal checks but lie in ranges that are issued to no one.
"""

from pengcheng.ops.sample._seeds import stream
from pengcheng.ops.sample.accounts import sample_accounts
from pengcheng.ops.sample.divisions import divisions
from pengcheng.ops.sample.features import LAYERS, features
from pengcheng.ops.sample.handling import Behaviour, acceptance_share, handling_share
from pengcheng.ops.sample.knowledge import knowledge
from pengcheng.ops.sample.messages import arrivals, hours_of, messages
from pengcheng.ops.sample.organisations import key_of, organisations
from pengcheng.ops.sample.outlines import Locator, Outlines, outlines
from pengcheng.ops.sample.people import POSTS, Sizes, population

__all__ = [
    "LAYERS",
    "POSTS",
    "Behaviour",
    "Locator",
    "Outlines",
    "Sizes",
    "acceptance_share",
    "arrivals",
    "divisions",
    "features",
    "handling_share",
    "hours_of",
    "key_of",
    "knowledge",
    "messages",
    "organisations",
    "outlines",
    "population",
    "sample_accounts",
    "stream",
]
