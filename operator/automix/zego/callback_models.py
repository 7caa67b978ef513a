"""What ZEGO's callbacks tell, as models: tolerant, and without the parts that only prove where they came from.

Names are ZEGO's. What is absent, null or empty is empty; text may have come as a number and a number as text. Times end
in `_time`, `_ms` or `_timemillis` and are Unix milliseconds where nothing else is said; URLs may hold keys and stay out
of repr.
"""

import json
import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, NamedTuple

from pydantic import AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from automix.zego.models import Number

# A colon can only be the separator: a TaskId has none, and an AppId is a uint32.
_TASK_ID = re.compile(r"([0-9]{1,10}):(.*)", re.DOTALL)


def _as_list(value: object) -> object:
    """Return a list that came as one text: as JSON, as forms may carry it, or as its only element."""
    if not isinstance(value, str):
        return value
    try:
        elements = json.loads(value)
    except (ValueError, RecursionError):
        return [value]
    return elements if isinstance(elements, list) else [value]


def _as_text(value: object) -> object:
    """Return what an app put into a stream or a login as text: the page has JSON text, a sender may have JSON."""
    return json.dumps(value) if isinstance(value, dict | list | bool) else value


Url = Annotated[str, Field(repr=False)]
Urls = Annotated[tuple[str, ...], BeforeValidator(_as_list), Field(repr=False)]
AppData = Annotated[str, BeforeValidator(_as_text), Field(repr=False)]


class MixTask(NamedTuple):
    """Name a task as callbacks do, `<AppId>:<TaskId>`; `app_id` is None where the AppId is missing."""

    app_id: int | None
    task_id: str


class Callback(BaseModel):
    """Hold what every callback has: which event, of which app, and when it was sent in Unix seconds."""

    model_config = ConfigDict(
        frozen=True,
        coerce_numbers_to_str=True,
        validate_by_name=True,
        validate_by_alias=True,
        hide_input_in_errors=True,
    )

    event: str
    app_id: Number = Field(default=None, alias="appid")
    timestamp: Number = None

    @model_validator(mode="before")
    @classmethod
    def _without_empties(cls, data: Mapping[str, object]) -> Mapping[str, object]:
        return {name: value for name, value in data.items() if value not in (None, "", [])}


class UnknownEvent(Callback):
    """Hold an event that has no model here; `fields` is what came, but for nonce and signature."""

    fields: Mapping[str, object] = Field(repr=False)


class _Mix(Callback):
    seq: Number = None
    task_id: str = ""
    channel_id: str = ""
    publish_id: str = ""
    mix_url: Url = ""
    mix_stream_alias: str = ""

    @property
    def task(self) -> MixTask:
        """Which task it is; `task_id` is how ZEGO writes it here."""
        match = _TASK_ID.fullmatch(self.task_id)
        return MixTask(int(match[1]), match[2]) if match else MixTask(None, self.task_id)


class MixStart(_Mix):
    """Tell that a mix started (ZEGO: mix started callback), probably once for each output (inferred).

    `channel_id` is the RoomId, `publish_id` the UserId and `seq` the Sequence of the request; `mix_stream_alias` is the
    StreamId of the output, or what ZEGO made of its URL.
    """

    stream_alias: str = ""
    # The page's table has the plural, its example the singular as well.
    rtmp_urls: Urls = Field(default=(), validation_alias=AliasChoices("rtmp_urls", "rtmp_url"))
    hls_urls: Urls = Field(default=(), validation_alias=AliasChoices("hls_urls", "hls_url"))
    hdl_urls: Urls = Field(default=(), validation_alias=AliasChoices("hdl_urls", "hdl_url"))


class MixStop(_Mix):
    """Tell that a mix stopped (ZEGO: mix stopped callback); not sent for one that died. Fields as in MixStart."""


class _Room(Callback):
    room_id: str = ""
    # A uint64, beyond what a float holds: text is exact, and an identity needs no more.
    room_session_id: str = ""


class RoomCreate(_Room):
    """Tell that a room came to be (ZEGO: room created callback); `id_name` is the user who made it."""

    id_name: str = ""
    room_create_time: Number = None


class RoomClose(_Room):
    """Tell that a room is gone (ZEGO: room destroyed callback); not sent for CloseRoom unless it asks for it.

    `close_reason`: 0 normal, 1 the last user's heartbeat timed out, 2 it went offline, 3 it was kicked.
    """

    close_reason: Number = None
    room_close_time: Number = None


class _User(Callback):
    room_id: str = ""
    room_name: str = ""
    room_seq: str = ""
    user_account: str = ""
    user_nickname: str = ""
    session_id: str = ""
    login_time: Number = None
    user_role: Number = None
    user_update_seq: Number = None


class RoomLogin(_User):
    """Tell that a user is in a room (ZEGO: room logged-in callback).

    `room_seq` is the room_session_id of the other events; `user_role` 4 is an administrator, such as a recorder.
    """

    auth_level: Number = None
    relogin: Number = None
    callback_data: AppData = ""
    term_type: str = ""


class RoomLogout(_User):
    """Tell that a user left a room (ZEGO: room logged-out callback). Fields as in RoomLogin.

    `reason`: 0 normal, 1 heartbeat, 2 connection, 3 logged in again or kicked, 4 token.
    """

    logout_time: Number = None
    reason: Number = None


class _Stream(_Room):
    user_id: str = ""
    user_name: str = ""
    channel_id: str = ""
    stream_id: str = Field(default="", validation_alias=AliasChoices("stream_id", "stream_alias"))
    stream_sid: str = ""
    stream_seq: Number = None
    # A payload of 2021 had the second name.
    create_time_ms: Number = Field(default=None, validation_alias=AliasChoices("create_time_ms", "create_timemillis"))


class StreamCreate(_Stream):
    """Tell that a stream is published (ZEGO: stream created callback); not sent for a mix.

    `create_time` is in seconds; `recreate` is 1 for a stream that was published again within 90 s.
    """

    title: str = ""
    stream_attr: AppData = ""
    extra_info: AppData = ""
    recreate: Number = None
    publish_id: str = ""
    publish_name: str = ""
    create_time: Number = None
    rtmp_url: Urls = ()
    hls_url: Urls = ()
    hdl_url: Urls = ()
    pic_url: Urls = ()


class StreamClose(_Stream):
    """Tell that a stream is no longer published (ZEGO: stream closed callback); not sent for a mix.

    `type`: 0 normal, 1 heartbeat, 2 logged in again, 3 kicked, 4 TCP, 5 room cleared, 100 DeleteStream.
    """

    type: Number = None
    third_define_data: AppData = ""
    destroy_timemillis: Number = None


EVENTS: Mapping[str, type[Callback]] = MappingProxyType(
    {
        "mix_start": MixStart,
        "mix_stop": MixStop,
        "room_create": RoomCreate,
        "room_close": RoomClose,
        "room_login": RoomLogin,
        "room_logout": RoomLogout,
        "stream_create": StreamCreate,
        "stream_close": StreamClose,
    }
)
