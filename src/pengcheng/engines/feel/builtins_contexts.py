"""Built-in functions on contexts (DMN 1.5 §10.3.4.12)."""

from pengcheng.engines.feel.built_in import BuiltIn, built_in, form
from pengcheng.engines.feel.values import Value

Context = dict[str, Value]


def _value(context: Context, key: str) -> Value:
    return context.get(key)


def _nested_value(context: Context, keys: list[Value]) -> Value:
    found: Value = context
    for key in keys:
        if not isinstance(found, dict):
            return None
        found = found.get(key)
    return found if keys else None


def _entries(context: Context) -> Value:
    return [{"key": key, "value": value} for key, value in context.items()]


def _context(entries: list[Value]) -> Value:
    made: Context = {}
    for entry in entries:
        if not isinstance(entry, dict) or not {"key", "value"} <= entry.keys():
            return None
        key = entry["key"]
        if not isinstance(key, str) or key in made:
            return None
        made[key] = entry["value"]
    return made


def _put(context: Context, key: str, value: Value) -> Value:
    return {**context, key: value}


def _put_nested(context: Context, keys: list[Value], value: Value) -> Value:
    if not keys or not isinstance(keys[0], str):
        return None
    if len(keys) == 1:
        return {**context, keys[0]: value}
    inner = context.get(keys[0])
    if not isinstance(inner, dict):
        return None
    changed = _put_nested(inner, keys[1:], value)
    return None if changed is None else {**context, keys[0]: changed}


def _merge(contexts: list[Value]) -> Value:
    merged: Context = {}
    for context in contexts:
        if not isinstance(context, dict):
            return None
        merged |= context
    return merged


FUNCTIONS: tuple[BuiltIn, ...] = (
    built_in("get value", form("m:c, key:s", _value), form("context:c, keys:l", _nested_value)),
    built_in("get entries", form("m:c", _entries)),
    built_in("context", form("entries:l", _context)),
    built_in(
        "context put",
        form("context:c, key:s, value:a", _put),
        form("context:c, keys:l, value:a", _put_nested),
    ),
    built_in("context merge", form("contexts:l", _merge)),
)
