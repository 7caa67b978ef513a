"""Lua as Argo CD runs the scripts of its ConfigMap: version 5.1, with `obj`, and with next to no libraries."""

from typing import Any

from lupa import lua51

Json = dict[str, Any]

_LENT = """
getmetatable("").__index = nil
local whole = os
os = { time = whole.time, date = whole.date }
package.loaded.os = os
for _, name in ipairs({ "string", "math", "io", "debug", "coroutine", "python" }) do
  _G[name] = nil
  package.loaded[name] = nil
end
"""


def run_lua(script: str, obj: Json) -> Json:
    """Return the table that a script returns about an object, as Argo CD reads it."""
    runtime = lua51.LuaRuntime(unpack_returned_tuples=True, register_eval=False, register_builtins=False)
    runtime.globals()["obj"] = runtime.table_from(obj, recursive=True)
    runtime.execute(_LENT)
    answer = _to_json(runtime.execute(script))
    assert isinstance(answer, dict)
    return answer


def _to_json(value: Any) -> Any:  # noqa: ANN401 -- of Lua
    if lua51.lua_type(value) != "table":
        return value
    inner = {key: _to_json(item) for key, item in value.items()}
    # An empty table could be either; Argo CD keeps the kind that it had.
    is_list = bool(inner) and list(inner) == list(range(1, len(inner) + 1))
    return list(inner.values()) if is_list else inner
