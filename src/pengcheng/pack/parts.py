"""The registry while packs are compiled into it."""

from typing import Any

import msgspec

from pengcheng.kernel.authz import Right
from pengcheng.kernel.registry import Algorithm, Pack, RecordType, Registry, RuleFile
from pengcheng.kernel.words import Words


class Parts(msgspec.Struct, kw_only=True):
    """The registry while it grows."""

    packs: dict[str, Pack] = {}
    types: dict[str, RecordType] = {}
    code_lists: dict[str, Any] = {}
    case_kinds: dict[str, Any] = {}
    event_kinds: dict[str, Any] = {}
    processes: dict[str, Any] = {}
    process_files: dict[str, str] = {}
    tables: dict[str, Any] = {}
    rule_files: dict[str, RuleFile] = {}
    indicators: dict[str, Any] = {}
    recurring: dict[str, Any] = {}
    datasets: dict[str, Any] = {}
    screens: dict[str, Any] = {}
    algorithms: dict[str, Algorithm] = {}
    roles: dict[str, Words] = {}
    rights: list[Right] = []
    words: dict[str, Words] = {}

    def registry(self) -> Registry:
        """What has been declared so far."""
        told = {name: getattr(self, name) for name in self.__struct_fields__}
        return Registry(**{**told, "rights": tuple(self.rights)})
