"""ZEGO's JSON as strict, frozen pydantic models with PascalCase names, and how to show it without credentials."""

import re
from collections.abc import Iterator
from typing import Any, TypeAlias

from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError, field_validator
from pydantic.alias_generators import to_pascal

JsonObject: TypeAlias = dict[str, JsonValue]

# A pull or push address may be signed in its query or name a user and password.
_URL_CREDENTIALS = re.compile(r"(?<=://)[^/?#\s]*@|[?#]\S*")


class Wire(BaseModel):
    """Give a model ZEGO's spelling, and refuse a string where a number belongs; unknown names are left out."""

    model_config = ConfigDict(
        alias_generator=to_pascal, validate_by_name=True, validate_by_alias=True, strict=True, frozen=True
    )


class Received(Wire):
    """Read what a client sends: there a null is refused as well."""

    @field_validator("*", mode="before")
    @classmethod
    def _refuse_null(cls, value: Any) -> Any:  # noqa: ANN401 -- any JSON value, before it is checked
        if value is None:
            raise ValueError("null is not a value; leave the field out")
        return value


def problem(error: ValidationError) -> str:
    """Say the first thing wrong, as `MixOutput[0].SoundChannel: why`, without repeating the value."""
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in first["loc"])
    reason = first["msg"].removeprefix("Value error, ")
    return f"{path.lstrip('.')}: {reason}" if path else reason


def unknown_fields(raw: JsonObject, parsed: Wire, path: str = "") -> Iterator[str]:
    """Yield the paths of fields that were sent and that the model does not have."""
    known = {field.alias: getattr(parsed, name) for name, field in type(parsed).model_fields.items()}
    for name, value in raw.items():
        if name not in known:
            yield path + name
        elif isinstance(value, list):
            for index, (sent, read) in enumerate(zip(value, known[name], strict=True)):
                if isinstance(read, Wire) and isinstance(sent, dict):
                    yield from unknown_fields(sent, read, f"{path}{name}[{index}].")


def public(parsed: Wire, *, given_only: bool = False) -> JsonObject:
    """Show a model under ZEGO's names with the credentials cut out of its addresses.

    Fields that were not given show their default, or nothing with `given_only`.
    """
    dumped: JsonObject = parsed.model_dump(by_alias=True, exclude_unset=given_only, exclude_none=True)
    return {name: _without_credentials(value) for name, value in dumped.items()}


def _without_credentials(value: JsonValue) -> JsonValue:
    if isinstance(value, dict):
        return {name: _without_credentials(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_without_credentials(inner) for inner in value]
    if isinstance(value, str) and "://" in value:
        return _URL_CREDENTIALS.sub("", value)
    return value
