"""What a declaration may name without declaring it: fields, actions and types that engines give.

Data only. An engine that gives every record or case one more field adds its name here.
"""

RECORD_FIELDS = (
    "id", "code", "title", "area", "district", "organisation", "place", "version", "changed_at",
)  # fmt: skip
EVENT_FIELDS = (*RECORD_FIELDS, "kind", "category", "happened_at", "cases", "open", "day")
CASE_FIELDS = (
    *RECORD_FIELDS, "kind", "step", "stage", "open", "outcome", "channel", "category",
    "category_confidence", "urgency", "unit", "account", "author", "disclosure", "is_public",
    "event", "parent", "automatic", "clock", "accepted_at", "dispatched_at", "taken_at",
    "replied_at", "closed_at", "due_at", "watch_at", "suspended_until", "supervised",
    "escalated_to", "dispatches", "returns", "extensions", "reopenings", "satisfaction",
    "was_late", "area_source", "day", "hour",
)  # fmt: skip
"""The fields of any case; `day` and `hour` are those of the city's time by which it is counted."""

COUNTED_FIELDS = (
    "step", "stage", "open", "outcome", "channel", "category", "urgency", "automatic",
    "accepted_at", "dispatched_at", "taken_at", "replied_at", "closed_at", "due_at", "was_late",
    "supervised", "dispatches", "returns", "extensions", "reopenings", "satisfaction", "clock",
)  # fmt: skip
"""What the conditions of an indicator over cases may speak of."""
COUNTED_OF_EVENTS = ("title", "category", "happened_at", "cases", "open")
"""The same over events."""
COUNTED_OF_RECORDS = ("code", "title", "changed_at")
"""The same over records of objects, beside their own attributes."""
DIMENSIONS = ("area", "district", "unit", "category", "day", "hour")
"""By what the indicators engine keeps figures."""

FIELDS_BY_ROLE = {"object": RECORD_FIELDS, "event": EVENT_FIELDS, "case": CASE_FIELDS}

TYPE_ACTIONS = (
    "read", "create", "change", "retire", "export", "import", "search", "read_log",
    "read_history",
)  # fmt: skip
CASE_ACTIONS = (
    *TYPE_ACTIONS, "message", "note", "interim_reply", "suspend", "resume", "ask_extension",
    "grant_extension", "assist", "split", "supervise", "assign", "take", "send_grid_task",
    "finish_task", "undo", "unseal", "follow", "recategorise", "merge", "rate", "withdraw",
    "reopen", "confirm", "call_back", "draft", "read_public", "read_accesses",
)  # fmt: skip
"""What may be done with a case beside what its process declares (`expire` is the clock's own)."""

ENGINE_TYPES = (
    "account", "algorithm", "area", "calendar", "decision", "evaluation", "event", "file",
    "indicator", "log", "notice", "organisation", "pack", "parked", "person", "post", "process",
    "process_instance", "role", "rule", "setting", "task", "webhook",
)  # fmt: skip
ENGINE_ROLES = ("guest", "system")

RESERVED_TYPES = frozenset(
    {*ENGINE_TYPES, "record", "cases", "message", "follower", "search", "figures", "reports"}
)
RESERVED_ATTRIBUTES = frozenset({
    "id", "code", "version", "area_no", "organisation_no", "organisation_id", "place",
    "valid_from", "valid_to", "changed_by", "owner_id", "sensitivity", "retired_at", "title_text",
})  # fmt: skip
"""Column names that every table has for itself."""

LIBRARIES = (
    "ifcopenshell", "jieba", "networkx", "numpy", "onnxruntime", "ortools", "pyproj", "rapidocr",
    "scipy", "shapely", "skops", "sklearn", "splink", "statsmodels", "wntr",
)  # fmt: skip
"""Serious libraries that a pack's algorithms may call, once named in `libraries` of pack.yaml."""

PURE_MODULES = (
    "__future__", "base64", "bisect", "calendar", "collections", "csv", "dataclasses", "datetime",
    "decimal", "difflib", "enum", "fractions", "functools", "hashlib", "heapq", "io", "itertools",
    "json", "math", "operator", "random", "re", "statistics", "string", "textwrap", "typing",
    "unicodedata", "zoneinfo",
)  # fmt: skip

TABLES = ("categories", "duty_list", "deadlines", "knowledge", "sensitive_words", "answers")
"""What a case kind's `tables` may give; the value is an object type."""
EXPIRE = "expire"
"""The action by which the clock leads on from a step that waits."""
INTAKE = ("analyse", "place", "similar", "route", "explain", "answer", "urgency")
"""Automatic steps of intake that a case kind may give to an algorithm."""
BOUNDS = (
    "returns", "dispatches", "reopenings", "extensions", "extension_days", "suspension_days",
    "suspensions", "transfers", "splits", "messages", "files", "waiting_days",
)  # fmt: skip
DISTRICT = "district"
SETTINGS = (
    "operators", "level", "arbiter", "approver", "promise", "body", "disclosures",
    "automatic_confidence", "answer_confidence", "learns",
)  # fmt: skip
"""What a case kind's `settings` may say; the engines that read them have their own defaults."""
