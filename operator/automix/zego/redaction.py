"""Text that came from outside, made fit to show: bounded, printable, without secrets, URLs or query strings."""

import re
from collections.abc import Iterable

MAX_CHARACTERS = 500

_URL = re.compile(r"\b([a-z][a-z0-9+.-]*://)(?:[^\s/?#@\"']*@)?([^\s/?#\"']*)[^\s\"']*", re.IGNORECASE)
_QUERY = re.compile(r"\?[^\s\"'?]+")


def clean(text: str, secrets: Iterable[str] = ()) -> str:
    """Return the text with secrets masked, URLs cut to scheme and host, and at most MAX_CHARACTERS characters.

    Stream URLs carry keys in path and query, and request URLs carry signatures; the host says which one is meant.
    """
    for secret in filter(None, secrets):
        text = text.replace(secret, "***")
    if not text.isalnum():  # as request ids are, one of which comes with each answer
        text = _QUERY.sub("?…", _URL.sub(r"\1\2/…", text))
        text = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return text if len(text) <= MAX_CHARACTERS else text[: MAX_CHARACTERS - 1] + "…"
