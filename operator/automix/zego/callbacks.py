"""ZEGO's callbacks: a body into an event, once its signature holds. Pure: no I/O, and the time is an argument.

The signature covers timestamp and nonce and nothing else (ZEGO: Callback signature), so whoever has seen one can put
any body under it while its timestamp is fresh: an event is a reason to look, never a fact. Events can also be lost,
repeated and out of order (ZEGO: Callback configuration).
"""

import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import parse_qsl, unquote_plus

from pydantic import SecretStr, ValidationError

from automix.zego.callback_models import EVENTS, Callback, UnknownEvent
from automix.zego.errors import CallbackNotGenuine, CallbackStale, CallbackUnreadable

_PROOF = frozenset({"nonce", "signature"})
# The callbacks of transcoding are in PascalCase.
_COMMON = {name.capitalize(): name for name in ("event", "appid", "timestamp", *_PROOF)}
_MAX_FORM_FIELDS = 1000


@dataclass(frozen=True, slots=True)
class Delivery:
    """Hold what was delivered, unseen until `open` has checked it."""

    _fields: Mapping[str, object] = field(repr=False)

    @classmethod
    def parse(cls, body: bytes) -> Self:
        """Read a body as JSON, as URL-encoded JSON or as a form, whatever its Content-Type says.

        ZEGO's page says JSON "to be URL-decoded"; forms are what older projects get and others can ask for. Numbers
        keep the text they came as, which is what was signed. Raises CallbackUnreadable.
        """
        try:
            fields = _fields_of(body.decode("utf-8-sig").strip())
        except (ValueError, RecursionError):
            pass
        else:
            return cls({_COMMON.get(name, name): value for name, value in fields.items()})
        # Outside of the except block: what was caught holds the body.
        raise CallbackUnreadable("the body is neither JSON nor a form")

    @property
    def claimed_app_id(self) -> int | None:
        """The app whose callback secret is needed, as the unchecked body says; None where it says none."""
        return _whole(self._fields.get("appid"))

    def open(self, secret: SecretStr, *, now: float, tolerance: float) -> Callback:
        """Return the event, an UnknownEvent if it has no model here.

        `secret` is the console's CallbackSecret, `now` Unix seconds and `tolerance` how many seconds the timestamp may
        be away from it: ZEGO repeats an unanswered callback for at least 62 s and may leave its timestamp as it was.
        Raises CallbackNotGenuine, CallbackStale or CallbackUnreadable.
        """
        match [self._fields.get(name) for name in ("timestamp", "nonce", "signature")]:
            case [str(timestamp), str(nonce), str(signature)] if timestamp and nonce:
                genuine = hmac.compare_digest(signature.encode(), sign_callback(secret, timestamp, nonce).encode())
            case _:
                genuine = False
        if not genuine:
            raise CallbackNotGenuine("the signature is not that of this app's CallbackSecret")
        sent = _whole(self._fields["timestamp"])
        if sent is None or abs(now - sent) > tolerance:
            raise CallbackStale(f"the timestamp is more than {tolerance:g} seconds away from now")
        return _event(self._fields)


def sign_callback(secret: SecretStr, timestamp: str, nonce: str) -> str:
    """Return the signature as 40 lower-case hex digits: SHA-1 of the three in the order of their characters.

    Raises ValueError for an empty secret, with which anyone could sign.
    """
    if not secret.get_secret_value():
        raise ValueError("secret: must not be empty")
    text = "".join(sorted((secret.get_secret_value(), timestamp, nonce)))
    # ZEGO prescribes SHA-1; the flag keeps it available where FIPS mode forbids it for security uses.
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


def _fields_of(text: str) -> dict[str, object]:
    """Return the fields of a body; raises ValueError and RecursionError."""
    if text[:3].lower() == "%7b":
        text = unquote_plus(text, errors="strict")
    if not text.startswith("{"):
        return _form(text)
    fields: dict[str, object] = json.loads(text, parse_int=str, parse_float=str)
    # JSON can escape half a character, which no log and no signature can be made of.
    whole: dict[str, object] = json.loads(json.dumps(fields, ensure_ascii=False).encode(errors="replace"))
    return whole


def _form(text: str) -> dict[str, object]:
    """Return a form's fields; one that is repeated, or numbered as in `name[]` or `name[0]`, is a list."""
    values: dict[str, list[str]] = {}
    for name, value in parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=_MAX_FORM_FIELDS):
        values.setdefault(re.sub(r"\[[0-9]*\]$", "", name), []).append(value)
    return {name: found[0] if len(found) == 1 else found for name, found in values.items()}


def _event(fields: Mapping[str, object]) -> Callback:
    model = EVENTS.get(str(fields.get("event")), UnknownEvent)
    told = {name: value for name, value in fields.items() if name not in _PROOF}
    try:
        return model.model_validate({**told, "fields": told})
    except ValidationError as error:
        wrong = ", ".join(dict.fromkeys(str(fault["loc"][0]) for fault in error.errors()))
    # Outside of the except block, as in `parse`.
    raise CallbackUnreadable(f"not as documented: {wrong}")


def _whole(text: object) -> int | None:
    return int(text) if isinstance(text, str) and re.fullmatch(r"[0-9]{1,15}", text) else None
