"""How an event becomes a callback: signed, in the types and the encoding that were chosen.

Source of every rule: the page Callback configuration with its signing snippet, and the pages of the events.
"""

import hashlib
import json
from urllib.parse import quote, urlencode

from pydantic import JsonValue, SecretStr

from automix_devkit.simulator.events import Event
from automix_devkit.simulator.settings import CallbackBody, CallbackTypes
from automix_devkit.simulator.wire import JsonObject

# ZEGO: Room created and Room destroyed callback pages; the appid and timestamp of every other event are strings.
_EVENTS_WITH_NUMBERS = frozenset({"room_create", "room_close"})
# What the pages advise to convert to integers.
_NUMERIC = frozenset(
    {
        "appid",
        "auth_level",
        "close_reason",
        "create_time",
        "create_time_ms",
        "destroy_timemillis",
        "login_time",
        "logout_time",
        "reason",
        "recreate",
        "room_close_time",
        "room_create_time",
        "room_seq",
        "room_session_id",
        "seq",
        "session_id",
        "stream_seq",
        "timestamp",
        "type",
        "user_role",
        "user_update_seq",
    }
)
_CONTENT_TYPES = {
    CallbackBody.JSON: "application/json",
    CallbackBody.URL_ENCODED_JSON: "application/json",
    CallbackBody.FORM: "application/x-www-form-urlencoded",
}


def signature(secret: SecretStr, timestamp: str, nonce: str) -> str:
    """Compute the signature of a callback. ZEGO: signing snippet of the Callback configuration page."""
    text = "".join(sorted((secret.get_secret_value(), timestamp, nonce)))
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


def signed(event: Event, app_id: int, secret: SecretStr, *, timestamp: int, nonce: str) -> JsonObject:
    """Return an event's fields with those that every callback has; timestamp in Unix seconds."""
    numbers = event.name in _EVENTS_WITH_NUMBERS
    return {
        "event": event.name,
        "appid": app_id if numbers else str(app_id),
        "timestamp": timestamp if numbers else str(timestamp),
        "nonce": nonce,
        "signature": signature(secret, str(timestamp), nonce),
        **event.fields,
    }


def encode(fields: JsonObject, body: CallbackBody, types: CallbackTypes) -> tuple[str, bytes]:
    """Return the Content-Type and the body of a callback.

    A form holds a list as JSON (inferred). A URL-encoded JSON body calls itself JSON (inferred): the pages say that the
    data is JSON and has to be URL-decoded.
    """
    typed = {name: _typed(name, value, types) for name, value in fields.items()}
    if body is CallbackBody.FORM:
        text = urlencode(
            {name: json.dumps(value) if isinstance(value, list) else value for name, value in typed.items()}
        )
    else:
        text = json.dumps(typed)
        if body is CallbackBody.URL_ENCODED_JSON:
            text = quote(text, safe="")
    return _CONTENT_TYPES[body], text.encode()


def _typed(name: str, value: JsonValue, types: CallbackTypes) -> JsonValue:
    if types is CallbackTypes.STRINGS and isinstance(value, int):
        return str(value)
    if types is CallbackTypes.NUMBERS and name in _NUMERIC and isinstance(value, str):
        return int(value)
    return value
