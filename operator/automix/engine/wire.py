"""Between our words and ZEGO's: a spec into StartAutoMix, an answer into the record."""

import base64
from collections.abc import Callable
from enum import Enum
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from pydantic.alias_generators import to_camel

from automix import zego
from automix.api import automix as api
from automix.api import mix
from automix.core.record import Started
from automix.core.task import task_of
from automix.engine.sequences import Owner

EnumT = TypeVar("EnumT", bound=Enum)
PartT = TypeVar("PartT")
RequestT = TypeVar("RequestT")


class InvalidSpec(Exception):
    """Report a spec that the API server took and ZEGO would not; the text names fields and no values."""


def start_request(spec: api.AutoMixSpec, sequence: int, owner: Owner) -> zego.StartAutoMix:
    """Return the call that makes ZEGO run the spec for the owner's app; raises InvalidSpec.

    A field that the spec leaves out is left out on the wire, so that its default stays ZEGO's; but UserData and
    SoundLevel are always sent, so that clearing one on a running mix is said and not omitted.
    """
    _refuse_raw_stream_ids(spec, owner)
    try:
        return _start_request(spec, sequence)
    except ValidationError as error:
        raise _invalid(error) from None


def _invalid(error: ValidationError, place: str = "") -> InvalidSpec:
    """Return what to say of a request that cannot be built; ZEGO's fields have the spec's names."""
    wrong = []
    for fault in error.errors():
        path = ".".join(filter(None, (place, *(to_camel(str(part)) for part in fault["loc"])))) or "spec"
        said = fault["msg"].removeprefix("Value error, ")  # pydantic's word for a rule of our own
        # A pattern is nothing to read.
        wrong.append(f"{path}: {'is not of the form' if fault['type'] == 'string_pattern_mismatch' else said}")
    return InvalidSpec(f"ZEGO would not take this spec: {'; '.join(wrong)}")


def _each(field: str, convert: Callable[[PartT], RequestT], parts: tuple[PartT, ...]) -> tuple[RequestT, ...]:
    converted = []
    for number, part in enumerate(parts):
        try:
            converted.append(convert(part))
        except ValidationError as error:
            raise _invalid(error, f"{field}[{number}]") from None
    return tuple(converted)


def _refuse_raw_stream_ids(spec: api.AutoMixSpec, owner: Owner) -> None:
    """Raise InvalidSpec where ZEGO's test environment would not find a stream (ZEGO: StartAutoMix).

    The prefix is not put there by us: an id that came from ZEGO's SDK has it already.
    """
    prefix = f"zegotest-{owner.account.app_id}-"
    outputs = {f"mixOutput[{number}]": output.stream_id for number, output in enumerate(spec.mix_output)}
    inputs = {f"extraMixInput[{number}]": extra.stream_id for number, extra in enumerate(spec.extra_mix_input)}
    raw = [f"{place}.streamId" for place, name in (outputs | inputs).items() if name and not name.startswith(prefix)]
    if owner.account.is_test and raw:
        raise InvalidSpec(f"in the test environment a stream id must begin with {prefix}: {', '.join(raw)} does not")


def _start_request(spec: api.AutoMixSpec, sequence: int) -> zego.StartAutoMix:
    task = task_of(spec)
    return zego.StartAutoMix(
        task_id=task.task_id,
        user_id=task.user_id,
        room_id=task.room_id,
        sequence=sequence,
        mix_output=_each("mixOutput", _output, spec.mix_output),
        extra_mix_input=_each("extraMixInput", _input, spec.extra_mix_input) or None,
        user_data=_user_data(spec),
        sound_level=_switch(on=spec.sound_level),
        by_pass=_switch(on=spec.by_pass) if _given(spec, "by_pass") else None,
        sound_channel=_word(zego.SoundChannel, spec, "sound_channel"),
        alignment_type=_word(zego.AlignmentType, spec, "alignment_type"),
        recv_buffer_level=spec.recv_buffer_level if _given(spec, "recv_buffer_level") else None,
        ex_para=tuple(zego.ExPara(key=para.key, value=para.value) for para in spec.ex_para) or None,
    )


def stop_request(spec: api.AutoMixSpec, sequence: int) -> zego.StopAutoMix:
    """Return the call that ends the spec's mix."""
    task = task_of(spec)
    return zego.StopAutoMix(task_id=task.task_id, room_id=task.room_id, user_id=task.user_id, sequence=sequence)


def started(result: zego.StartResult, sequence: int) -> Started:
    """Return what an accepted start leaves in the record."""
    infos = tuple(
        api.PlayInfo(
            stream_id=info.stream_id,
            rtmp=info.rtmp,
            hls=info.hls,
            flv=info.flv,
            status=info.status,
            user_name=info.user_name,
        )
        for info in result.play_info
    )
    return Started(sequence=sequence, play_info=infos)


def _output(output: mix.MixOutput) -> zego.MixOutput:
    return zego.MixOutput(
        stream_id=output.stream_id,
        stream_url=output.stream_url,
        audio_codec=_word(zego.AudioCodec, output, "audio_codec"),
        audio_bitrate=output.audio_bitrate if _given(output, "audio_bitrate") else None,
        sound_channel=_word(zego.SoundChannel, output, "sound_channel"),
    )


def _input(extra: mix.ExtraMixInput) -> zego.ExtraMixInput:
    return zego.ExtraMixInput(
        stream_id=extra.stream_id,
        stream_url=extra.stream_url,
        modify_type=_word(zego.ModifyType, extra, "modify_type"),
        sound_level_id=extra.sound_level_id,
        volume=extra.volume if _given(extra, "volume") else None,
    )


def _user_data(spec: api.AutoMixSpec) -> str:
    if spec.binary_user_data is not None:
        return spec.binary_user_data
    return base64.b64encode((spec.user_data or "").encode()).decode()


def _switch(*, on: bool) -> zego.Switch:
    return zego.Switch.ON if on else zego.Switch.OFF


def _given(model: BaseModel, field: str) -> bool:
    return field in model.model_fields_set


def _word(numbers: type[EnumT], model: BaseModel, field: str) -> EnumT | None:
    """Return ZEGO's number for one of our words; both enumerations have the same member names."""
    word: Enum | None = getattr(model, field)
    return numbers[word.name] if _given(model, field) and word is not None else None
