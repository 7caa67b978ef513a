"""What runs, remembered as one short fingerprint per spec field, and which fields differ from it."""

import hashlib
import json
from collections.abc import Mapping
from functools import lru_cache

from automix.api.mix import MixDeclaration

# Only these may change on a running mix; ZEGO's page says that what is not marked so is not (ZEGO: StartAutoMix).
IN_PLACE = ("userData", "binaryUserData", "soundLevel")
FIELDS = tuple(field.alias or name for name, field in MixDeclaration.model_fields.items())
_LENGTH = 10
_encode = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode  # json.dumps makes one at each call
_KEPT = 128
"""Specs whose fingerprints are kept: a pass asks for them some ten times, and so many passes go on at once."""


@lru_cache(_KEPT)
def fingerprints(spec: MixDeclaration) -> Mapping[str, str]:
    """Return a fingerprint for each field that is not at its default.

    A default has none: a CRD that grows a field, or a default written out, changes nothing and restarts nothing.
    """
    declared = spec.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    return {field: _fingerprint(declared[field]) for field in FIELDS if field in declared}


def changed_fields(applied: Mapping[str, str], wanted: Mapping[str, str]) -> tuple[str, ...]:
    """Return the known fields that differ, in the spec's order; fields of another version are ignored."""
    return tuple(field for field in FIELDS if applied.get(field) != wanted.get(field))


@lru_cache(_KEPT)
def audible(spec: MixDeclaration) -> str:
    """Return one fingerprint of all that ZEGO cannot change on a running mix."""
    return _fingerprint({field: mark for field, mark in fingerprints(spec).items() if field not in IN_PLACE})


@lru_cache(_KEPT)
def outputs(spec: MixDeclaration) -> tuple[str, ...]:
    """Return a fingerprint for each output by where it goes; an address may hold a key that is not to be shown."""
    return tuple(_fingerprint([output.stream_id, output.stream_url]) for output in spec.mix_output)


def _fingerprint(value: object) -> str:
    return hashlib.sha256(_encode(value).encode()).hexdigest()[:_LENGTH]
