"""What ZEGO mixes and how: the fields of StartAutoMix, under ZEGO's own names in lowerCamelCase."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field

from automix.api.fields import BinaryUserData, Flag, InputUrl, Number, OutputUrl, StreamId, UserData
from automix.api.meta import Model
from automix.api.rules import MISSING, Checked, Rule, at_most_one_of, distinct, exactly_one_of

_ADDRESS = ("streamId", "streamUrl")


class AudioCodec(StrEnum):
    """Codec and sample rate of an output."""

    HE_AAC = "HE-AAC"
    AAC_LC = "AAC-LC"
    MP3 = "MP3"
    OPUS = "OPUS"


class SoundChannel(StrEnum):
    """Number of audio channels."""

    MONO = "Mono"
    STEREO = "Stereo"


class ModifyType(StrEnum):
    """Whether an extra input is added to the mix or left out of it."""

    ADD = "Add"
    REMOVE = "Remove"


class AlignmentType(StrEnum):
    """Which streams are aligned by network time before they are mixed."""

    NONE = "None"
    CHOSEN = "Chosen"
    ALL = "All"


class MixOutput(Checked):
    """One output of the mix (ZEGO: MixOutput)."""

    RULES = (exactly_one_of(*_ADDRESS),)

    stream_id: StreamId | None = None
    """Stream that the mix is published as and that listeners play through RTC: 1 to 256 letters, digits, '-' and '_',
    unique in the app. In a test environment it begins with zegotest-<AppId>-. Either this or streamUrl. A change is
    heard: the mix restarts. (ZEGO: StreamId)"""
    stream_url: OutputUrl | None = Field(default=None, repr=False)
    """CDN address that the mix is pushed to: rtmp:// alone, fewer than 1024 bytes. Either this or streamId. A change is
    heard: the mix restarts. (ZEGO: StreamUrl)"""
    audio_codec: AudioCodec = AudioCodec.HE_AAC
    """Codec and sample rate: HE-AAC, AAC-LC and MP3 at 44.1 kHz, OPUS at 48 kHz. Default HE-AAC. A change is heard: the
    mix restarts. (ZEGO: AudioCodec)"""
    audio_bitrate: Number = Field(default=48000, ge=1, le=192000)
    """Bitrate in bits a second, 1 to 192000. Default 48000. A change is heard: the mix restarts.
    (ZEGO: AudioBitrate)"""
    sound_channel: SoundChannel | None = None
    """Channels of this output: Mono or Stereo. Default: the soundChannel of the mix. A change is heard: the mix
    restarts. (ZEGO: SoundChannel)"""

    @property
    def address(self) -> str:
        """Stream id or URL, whichever is set."""
        return self.stream_id or self.stream_url or ""


class ExtraMixInput(Checked):
    """A stream of another room to add, or a stream of this room to leave out (ZEGO: ExtraMixInput)."""

    RULES = (
        exactly_one_of(*_ADDRESS),
        Rule(
            "!has(self.modifyType) || self.modifyType != 'Remove' || has(self.streamId)",
            lambda extra: extra.modify_type is not ModifyType.REMOVE or extra.stream_id is not None,
            "streamId must be set where modifyType is Remove: a stream is left out by its id",
            field="streamId",
            reason=MISSING,
        ),
    )

    stream_id: StreamId | None = None
    """Stream in RTC: 1 to 256 letters, digits, '-' and '_'. In a test environment it begins with zegotest-<AppId>-.
    Either this or streamUrl; required to Remove. A change is heard: the mix restarts. (ZEGO: StreamId)"""
    stream_url: InputUrl | None = Field(default=None, repr=False)
    """Address of a stream elsewhere: rtmp://, or http:// and https:// for HTTP-FLV, fewer than 1024 bytes. Either this
    or streamId. A change is heard: the mix restarts. (ZEGO: StreamUrl)"""
    modify_type: ModifyType = ModifyType.ADD
    """Add the stream to the mix, or Remove it from what the room gives. Default Add. A change is heard: the mix
    restarts. (ZEGO: ModifyType)"""
    sound_level_id: Number | None = Field(default=None, ge=0, le=4294967295)
    """Sound level id of this input, 0 to 4294967295; required for an added input where soundLevel is on. Clients get
    the levels by stream id all the same. No default. A change is heard: the mix restarts. (ZEGO: SoundLevelId)"""
    volume: Number = Field(default=100, ge=0, le=200)
    """Volume of the input in percent, 0 to 200. Default 100. A change is heard: the mix restarts. (ZEGO: Volume)"""

    @property
    def address(self) -> str:
        """Stream id or URL, whichever is set."""
        return self.stream_id or self.stream_url or ""


class ExPara(Model):
    """One extension parameter that ZEGO's support named to you (ZEGO: ExPara)."""

    key: str = Field(min_length=1, max_length=256)
    """Name of the parameter: 1 to 256 characters, a limit of the operator's. A change is heard: the mix restarts.
    (ZEGO: Key)"""
    value: str = Field(max_length=4096, repr=False)
    """Its value: at most 4096 characters, a limit of the operator's. A change is heard: the mix restarts.
    (ZEGO: Value)"""


def _added(spec: "MixDeclaration") -> Iterator[ExtraMixInput]:
    return (extra for extra in spec.extra_mix_input if extra.modify_type is ModifyType.ADD)


def _outputs_are_no_inputs(spec: "MixDeclaration") -> bool:
    inputs = {extra.address for extra in _added(spec)}
    return inputs.isdisjoint(output.address for output in spec.mix_output)


def _sound_levels_are_named(spec: "MixDeclaration") -> bool:
    return not spec.sound_level or all(extra.sound_level_id is not None for extra in _added(spec))


class MixDeclaration(Checked):
    """What ZEGO mixes and how: the fields of StartAutoMix. Defaults are ZEGO's and are not sent."""

    RULES: ClassVar[tuple[Rule, ...]] = (
        at_most_one_of("userData", "binaryUserData"),
        Rule(
            "!has(self.extraMixInput) || !self.mixOutput.exists(output, self.extraMixInput.exists(input, "
            "(!has(input.modifyType) || input.modifyType == 'Add') && "
            "(has(output.streamId) && has(input.streamId) && output.streamId == input.streamId || "
            "has(output.streamUrl) && has(input.streamUrl) && output.streamUrl == input.streamUrl)))",
            _outputs_are_no_inputs,
            "no output may have the streamId or streamUrl of an added input",
            field="mixOutput",
        ),
        Rule(
            "!has(self.soundLevel) || !self.soundLevel || !has(self.extraMixInput) || self.extraMixInput.all(input, "
            "has(input.soundLevelId) || has(input.modifyType) && input.modifyType == 'Remove')",
            _sound_levels_are_named,
            "every added input must have a soundLevelId where soundLevel is true",
            field="extraMixInput",
            reason=MISSING,
        ),
    )

    mix_output: Annotated[
        tuple[MixOutput, ...],
        Field(min_length=1, max_length=3),
        distinct(_ADDRESS, "no two outputs may have the same streamId or streamUrl"),
    ]
    """Where the mix goes, one to three outputs, no two alike and none the same as an input. A change is heard: the mix
    restarts. (ZEGO: MixOutput)"""
    extra_mix_input: Annotated[
        tuple[ExtraMixInput, ...],
        Field(max_length=9),
        distinct(_ADDRESS, "no two inputs may have the same streamId or streamUrl"),
    ] = ()
    """Streams of other rooms to add and streams of this room to leave out, at most nine, no two alike; ZEGO mixes at
    most nine streams in all. Default none. A change is heard: the mix restarts. (ZEGO: ExtraMixInput)"""
    user_data: UserData | None = Field(default=None, repr=False)
    """Text for the listeners' players, who get it as SEI; at most 3000 bytes in UTF-8, which are 4000 in base64; ZEGO
    advises at most 850 of those, some 630 bytes of text. Default none. Either this or binaryUserData. A change is not
    heard. (ZEGO: UserData)"""
    binary_user_data: BinaryUserData | None = Field(default=None, repr=False)
    """The same as bytes, in base64, as a ConfigMap has binaryData; at most 4000 bytes of base64, ZEGO advises 850.
    Default none. Either this or userData. A change is not heard. (ZEGO: UserData)"""
    sound_level: Flag = False
    """Whether the clients that are in the room and play the mix are told how loud each stream in it is, every 100 ms;
    it travels as SEI, which some web players cannot take. Added inputs then need a soundLevelId. Default false. A
    change is not heard. (ZEGO: SoundLevel)"""
    by_pass: Flag = False
    """Whether a single input is passed through without being encoded again; ZEGO's support must enable it. Default
    false. A change is heard: the mix restarts. (ZEGO: ByPass)"""
    sound_channel: SoundChannel = SoundChannel.MONO
    """Channels of the outputs that do not say their own: Mono or Stereo. Default Mono. A change is heard: the mix
    restarts. (ZEGO: SoundChannel)"""
    alignment_type: AlignmentType = AlignmentType.NONE
    """Which streams are aligned by network time: None, those Chosen in the client, or All. For karaoke alone, as it
    delays the mix; clients have to publish with their network time. Default None. A change is heard: the mix restarts.
    (ZEGO: AlignmentType)"""
    recv_buffer_level: Number = Field(default=0, ge=0, le=4000)
    """Least buffer of the inputs in milliseconds, 0 to 4000. Default 0. A change is heard: the mix restarts.
    (ZEGO: RecvBufferLevel)"""
    ex_para: tuple[ExPara, ...] = Field(default=(), max_length=32)
    """Extension parameters, at most 32, a limit of the operator's; an ordinary mix needs none. Default none. A change
    is heard: the mix restarts. (ZEGO: ExPara)"""
