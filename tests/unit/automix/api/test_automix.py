"""AutoMix objects as people write them and as the API server stores them."""

from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from automix.api.automix import AutoMix, AutoMixStatus, DeletionPolicy, UpdatePolicy, status_to_json
from automix.api.mix import AlignmentType, AudioCodec, ModifyType, SoundChannel
from automix.core.actions import Wait
from automix.core.states import Reason
from automix.core.status import status_after
from builders import NOW, a_retry, a_running_automix, an_automix

SAMPLE = """
apiVersion: automix.zego.im/v1alpha1
kind: AutoMix
metadata:
  name: karaoke
  namespace: team-a
  uid: 6f1c1a44-56a6-4f0c-8f0e-2f2f6a1f7a10
  resourceVersion: "1234"
  generation: 2
  creationTimestamp: "2026-01-02T03:04:05Z"
  finalizers: [automix.zego.im/mix]
  annotations:
    automix.zego.im/claim: '{"generation":2,"time":1760000000.0}'
  managedFields: [{manager: kubectl}]
spec:
  roomId: room#1
  appRef: {kind: ZegoApp, name: stage}
  mixOutput:
  - streamId: mix-1
    audioCodec: AAC-LC
    audioBitrate: 96000
    soundChannel: Stereo
  - streamUrl: rtmp://cdn.example/live/a
  extraMixInput:
  - streamId: guest
    modifyType: Remove
  - streamUrl: https://other.example/a.flv
    soundLevelId: 7
    volume: 50
  userData: title
  soundLevel: true
  alignmentType: All
  deletionPolicy: Orphan
  driftCheckInterval: 90s
  aFieldOfTheFuture: 1
status:
  observedGeneration: 2
  conditions:
  - type: Ready
    status: "True"
    observedGeneration: 2
    lastTransitionTime: "2026-01-02T03:04:06Z"
    reason: Running
    message: The mix runs as declared.
  applied: {mixOutput: 0123456789}
  playInfo: [{streamId: mix-1, status: 3}]
  sequence: 1760000000
  startTime: "2026-01-02T03:04:06Z"
"""


def _sample() -> AutoMix:
    return AutoMix.model_validate(yaml.safe_load(SAMPLE))


def _spec(**fields: Any) -> dict[str, Any]:  # noqa: ANN401 -- what an applied object says
    spec = {"roomId": "r", "mixOutput": [{"streamId": "s"}]} | fields
    return {"metadata": {"name": "a", "uid": "u"}, "spec": spec}


def test_a_stored_object_is_read_with_its_words() -> None:
    spec = _sample().spec
    first, second = spec.mix_output

    assert (first.audio_codec, first.audio_bitrate, first.sound_channel) == (
        AudioCodec.AAC_LC,
        96000,
        SoundChannel.STEREO,
    )
    assert second.stream_url == "rtmp://cdn.example/live/a"
    assert [extra.modify_type for extra in spec.extra_mix_input] == [ModifyType.REMOVE, ModifyType.ADD]
    assert (spec.alignment_type, spec.deletion_policy) == (AlignmentType.ALL, DeletionPolicy.ORPHAN)
    assert (spec.app_ref.kind, spec.app_ref.name) == ("ZegoApp", "stage")


def test_its_metadata_and_status_are_read_as_well() -> None:
    mix = _sample()

    assert mix.key == ("team-a", "karaoke")
    assert not mix.metadata.terminating
    assert mix.metadata.finalizers == ("automix.zego.im/mix",)
    assert (mix.status.observed_generation, mix.status.play_info[0].status) == (2, 3)


def test_a_spec_of_two_fields_has_the_documented_defaults() -> None:
    spec = AutoMix.model_validate(_spec()).spec

    assert (spec.app_ref.kind, spec.app_ref.name) == ("ClusterZegoApp", "default")
    assert (spec.deletion_policy.value, spec.update_policy, spec.restart_policy.value, spec.adoption_policy.value) == (
        "Delete",
        UpdatePolicy.IN_PLACE_OR_RECREATE,
        "Always",
        "Keep",
    )
    assert (spec.drift_check_interval, spec.suspend, spec.sound_level) == ("10m", False, False)


def test_an_object_that_nobody_has_seen_says_so() -> None:
    assert AutoMix.model_validate(_spec()).status == AutoMixStatus(observed_generation=-1)


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"roomId": ""}, "spec.roomId"),
        ({"roomId": "a b"}, "spec.roomId"),
        ({"roomId": "r" * 129}, "spec.roomId"),
        ({"taskId": "a#b"}, "spec.taskId"),
        ({"userId": "u" * 33}, "spec.userId"),
        ({"mixOutput": []}, "spec.mixOutput"),
        ({"mixOutput": [{"streamId": "s"}] * 4}, "spec.mixOutput"),
        ({"mixOutput": [{"streamId": "a.b"}]}, "spec.mixOutput.0.streamId"),
        ({"mixOutput": [{"streamUrl": "http://cdn.example/a"}]}, "spec.mixOutput.0.streamUrl"),
        ({"mixOutput": [{"streamId": "s", "audioCodec": "AAC"}]}, "spec.mixOutput.0.audioCodec"),
        ({"extraMixInput": [{"streamId": "s"}] * 10}, "spec.extraMixInput"),
        ({"extraMixInput": [{"streamId": "s", "volume": 201}]}, "spec.extraMixInput.0.volume"),
        ({"binaryUserData": "not base64!"}, "spec.binaryUserData"),
        ({"recvBufferLevel": 4001}, "spec.recvBufferLevel"),
        ({"driftCheckInterval": "10"}, "spec.driftCheckInterval"),
        ({"deletionPolicy": "Keep"}, "spec.deletionPolicy"),
    ],
)
def test_what_is_not_allowed_is_refused_by_the_name_of_its_field(fields: dict[str, Any], named: str) -> None:
    with pytest.raises(ValidationError) as refused:
        AutoMix.model_validate(_spec(**fields))

    assert named in {".".join(map(str, error["loc"])) for error in refused.value.errors()}


def test_a_refusal_does_not_show_what_the_user_wrote() -> None:
    with pytest.raises(ValidationError) as refused:
        AutoMix.model_validate(_spec(mixOutput=[{"streamUrl": "http://cdn.example/?key=canary"}]))

    assert "canary" not in str(refused.value)


def test_a_status_is_stored_and_read_without_loss() -> None:
    mix = a_running_automix(status={"retry": a_retry()})
    status = status_after(mix, Wait(NOW + 60, Reason.ZEGO_UNREACHABLE, "no answer"), NOW)

    assert AutoMixStatus.model_validate(status_to_json(status)) == status


def test_what_is_empty_is_not_stored_but_the_observed_generation_is() -> None:
    assert status_to_json(an_automix().status) == {"observedGeneration": -1}


def test_a_retry_of_another_release_is_read() -> None:
    assert AutoMixStatus.model_validate({"retry": {"attempts": 2}}).retry is not None


def test_an_object_with_a_deletion_timestamp_is_terminating() -> None:
    body = _spec()
    body["metadata"]["deletionTimestamp"] = "2026-01-02T03:04:05Z"

    assert AutoMix.model_validate(body).metadata.terminating
