"""What handlers and pages call: the engines of one process, and the newest declarations."""

from collections.abc import Callable

import msgspec

from pengcheng.engines.algorithms import Champions
from pengcheng.engines.areas import Areas
from pengcheng.engines.cases import (
    Acting,
    Bulk,
    Cases,
    CaseUpgrades,
    Matters,
    Overseeing,
    Splitting,
    Tasking,
)
from pengcheng.engines.deadlines import Calendars
from pengcheng.engines.files import Uploads
from pengcheng.engines.identity import (
    Arranging,
    Identity,
    Organisations,
    Owners,
    People,
    Posts,
    Roles,
)
from pengcheng.engines.indicators import Indicators
from pengcheng.engines.notices import Notices
from pengcheng.engines.objects import Merging, Objects, Relations, Schema
from pengcheng.engines.processes import Overview, Processes, Upgrades
from pengcheng.engines.recurring import RecurringWork
from pengcheng.engines.reports import Reports
from pengcheng.engines.rules import Rules
from pengcheng.engines.search import Search
from pengcheng.engines.webhooks import Webhooks
from pengcheng.ground.bus import Bus
from pengcheng.ground.crypto import Keys, PersonCipher
from pengcheng.ground.database import Database
from pengcheng.ground.files import Files
from pengcheng.ground.http import Outgoing
from pengcheng.ground.parked import ParkedWork
from pengcheng.ground.settings import Settings
from pengcheng.ground.signals import Signals
from pengcheng.ground.telemetry import Metrics
from pengcheng.ground.tracing import Tracing
from pengcheng.kernel.authz import Rights
from pengcheng.kernel.registry import Registry
from pengcheng.kernel.time import Clock


class Declared:
    """The registry that this process serves, with its rights; replaced when packs change."""

    def __init__(self) -> None:
        self.registry = Registry()
        self.rights = Rights(())
        self.is_stale = True
        self._heard: list[Callable[[Registry], None]] = []

    def on_change(self, call: Callable[[Registry], None]) -> None:
        """Call with each registry that replaces the one before."""
        self._heard.append(call)

    def replace(self, registry: Registry) -> None:
        """Serve this registry from now on."""
        self.registry = registry
        self.rights = registry.lookup_rights()
        self.is_stale = False
        for call in self._heard:
            call(registry)


class Services(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a handler may call. Made by `pengcheng.city` only."""

    settings: Settings
    clock: Clock
    declared: Declared
    database: Database
    signals: Signals
    metrics: Metrics
    tracing: Tracing
    keys: Keys
    cipher: PersonCipher
    bus: Bus
    files: Files
    uploads: Uploads
    identity: Identity
    people: People
    posts: Posts
    roles: Roles
    owners: Owners
    parked: ParkedWork
    organisations: Organisations
    arranging: Arranging
    areas: Areas
    calendars: Calendars
    schema: Schema
    objects: Objects
    merging: Merging
    relations: Relations
    cases: Cases
    acting: Acting
    tasking: Tasking
    splitting: Splitting
    matters: Matters
    bulk: Bulk
    overseeing: Overseeing
    notices: Notices
    reports: Reports
    search: Search
    rules: Rules
    processes: Processes
    champions: Champions
    overview: Overview
    upgrades: Upgrades
    case_upgrades: CaseUpgrades
    indicators: Indicators
    recurring: RecurringWork
    webhooks: Webhooks
    outgoing: Outgoing

    @property
    def registry(self) -> Registry:
        """The newest declarations."""
        return self.declared.registry

    @property
    def rights(self) -> Rights:
        """The newest rights."""
        return self.declared.rights
