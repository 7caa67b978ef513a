"""What runs, remembered field by field."""

from collections.abc import Callable
from typing import Any

import pytest

from automix.api.automix import AutoMixSpec
from automix.core.fingerprints import FIELDS, IN_PLACE, audible, changed_fields, fingerprints, outputs
from builders import a_spec

CHANGES: dict[str, Any] = {
    "mixOutput": [{"streamId": "mix-1", "soundChannel": "Stereo"}],
    "extraMixInput": [{"streamId": "guest", "soundLevelId": 1}],
    "userData": "title",
    "binaryUserData": "YQ==",
    "soundLevel": True,
    "byPass": True,
    "soundChannel": "Stereo",
    "alignmentType": "All",
    "recvBufferLevel": 200,
    "exPara": [{"key": "a", "value": "b"}],
}
DEFAULTS: dict[str, Any] = {
    "extraMixInput": [],
    "userData": None,
    "binaryUserData": None,
    "soundLevel": False,
    "byPass": False,
    "soundChannel": "Mono",
    "alignmentType": "None",
    "recvBufferLevel": 0,
    "exPara": [],
}
REQUIRED = {"roomId": "room-1", "mixOutput": [{"streamId": "mix-1"}]}


def _parsed(**fields: Any) -> AutoMixSpec:  # noqa: ANN401 -- what an applied object says
    return AutoMixSpec.model_validate(REQUIRED | fields)


def test_the_fields_are_those_that_zego_mixes_by() -> None:
    assert list(FIELDS) == list(CHANGES)


def test_only_what_zego_marks_as_updatable_is_changed_in_place() -> None:
    assert IN_PLACE == ("userData", "binaryUserData", "soundLevel")


@pytest.mark.parametrize("field", CHANGES)
def test_a_field_changes_its_own_fingerprint_only(field: str) -> None:
    applied, wanted = fingerprints(_parsed()), fingerprints(_parsed(**{field: CHANGES[field]}))

    assert changed_fields(applied, wanted) == (field,)


@pytest.mark.parametrize("field", DEFAULTS)
def test_a_default_that_is_written_out_changes_nothing(field: str) -> None:
    assert fingerprints(_parsed(**{field: DEFAULTS[field]})) == fingerprints(_parsed())


def test_a_default_that_is_written_out_within_an_output_changes_nothing() -> None:
    written = _parsed(mixOutput=[{"streamId": "mix-1", "audioCodec": "HE-AAC", "audioBitrate": 48000}])

    assert fingerprints(written) == fingerprints(_parsed())


def test_a_default_has_no_fingerprint() -> None:
    assert fingerprints(_parsed()).keys() == {"mixOutput"}


def test_identity_and_policies_have_none() -> None:
    policies = _parsed(taskId="t", userId="u", suspend=True, restartPolicy="Never", driftCheckInterval="1h")

    assert fingerprints(policies) == fingerprints(_parsed())


def test_the_order_of_outputs_counts_and_that_of_keys_does_not() -> None:
    one, two = {"streamId": "a", "audioBitrate": 1}, {"streamId": "b"}
    applied = fingerprints(_parsed(mixOutput=[one, two]))

    assert applied == fingerprints(_parsed(mixOutput=[dict(reversed(one.items())), two]))
    assert applied != fingerprints(_parsed(mixOutput=[two, one]))


def test_fields_of_another_version_are_ignored() -> None:
    wanted = fingerprints(_parsed())

    assert changed_fields({**wanted, "videoCodec": "0123456789"}, wanted) == ()


def test_a_field_that_was_cleared_differs() -> None:
    assert changed_fields(fingerprints(_parsed(userData="title")), fingerprints(_parsed())) == ("userData",)


def test_changes_come_in_the_order_of_the_spec() -> None:
    together = {field: value for field, value in CHANGES.items() if field != "binaryUserData"}

    assert changed_fields({}, fingerprints(_parsed(**together))) == tuple(together)


def test_fingerprints_never_change_between_releases() -> None:
    """A release that made them otherwise would replace every mix that runs."""
    declared = a_spec(sound_level=True)

    assert fingerprints(declared) == {"mixOutput": "f851f87571", "soundLevel": "b5bea41b6c"}


def test_a_fingerprint_does_not_show_what_it_is_of() -> None:
    assert "secret-key" not in str(fingerprints(_parsed(mixOutput=[{"streamUrl": "rtmp://a/b?key=secret-key"}])))


def test_what_zego_changes_in_place_is_not_audible() -> None:
    plain = _parsed()

    assert audible(_parsed(userData="title", soundLevel=True)) == audible(plain)
    assert audible(_parsed(byPass=True)) != audible(plain)


def test_outputs_are_told_apart_by_where_they_go() -> None:
    one, louder = {"streamId": "a"}, {"streamId": "a", "audioBitrate": 96000}
    address = {"streamUrl": "rtmp://a/b"}

    assert outputs(_parsed(mixOutput=[one])) == outputs(_parsed(mixOutput=[louder]))
    assert len(set(outputs(_parsed(mixOutput=[one, address, {"streamId": "b"}])))) == 3


def test_claims_and_outputs_never_change_between_releases() -> None:
    """A release that made them otherwise would replace what another one has claimed, or see no conflict with it."""
    declared = _parsed(mixOutput=[{"streamId": "mix-1", "soundChannel": "Stereo"}], byPass=True)

    assert (audible(declared), *outputs(declared)) == ("831d5794e1", "0d5535239e")


@pytest.mark.parametrize("derived", [fingerprints, audible, outputs])
def test_what_a_pass_asks_again_is_not_computed_again(derived: Callable[[AutoMixSpec], object]) -> None:
    assert derived(a_spec(user_data="asked")) is derived(a_spec(user_data="asked"))
