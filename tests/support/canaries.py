"""Secrets that are made to be found: each unique, searched for in every form it could leak in."""

import base64
import secrets
from collections.abc import Iterable, Iterator
from urllib.parse import quote

import ahocorasick

_MADE: list[str] = []


def canary(label: str) -> str:
    """Return a secret that exists nowhere else; 32 characters, as ZEGO's ServerSecret."""
    value = (f"{label}+/" + secrets.token_hex(32))[:32]
    _MADE.append(value)
    return value


def all_canaries() -> tuple[str, ...]:
    """Return every secret made in this run."""
    return tuple(_MADE)


def forms(secret: str) -> Iterator[str]:
    """Yield the secret raw, in base64 (cut so that padding and alignment do not hide it), and URL-encoded."""
    yield secret
    yield quote(secret, safe="")
    for shift in range(3):
        encoded = base64.b64encode(b" " * shift + secret.encode()).decode()
        yield encoded[4:-4]


class Needles:
    """Texts that must be nowhere: tens of thousands, sought in a hundred megabytes at once (Aho and Corasick)."""

    def __init__(self, needles: Iterable[str]) -> None:
        self._automaton = ahocorasick.Automaton()
        for needle in needles:
            self._automaton.add_word(needle, needle)
        self._automaton.make_automaton()

    def found(self, text: str) -> list[str]:
        """Return the needles that the text holds."""
        if self._automaton.kind != ahocorasick.AHOCORASICK:
            return []  # there are none
        return sorted({needle for _, needle in self._automaton.iter(text)})


def needles(*more: str) -> Needles:
    """Return every secret of this run in every form, and more."""
    return Needles([*(form for secret in all_canaries() for form in forms(secret)), *more])
