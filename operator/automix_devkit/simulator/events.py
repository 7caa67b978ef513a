"""What ZEGO tells a server of its customer: the events, with ZEGO's field names and types.

Source: the callback pages Room created, Room destroyed, User logged in, User logged out, Stream created, Stream
destroyed, Stream mixing started and Stream mixing stopped. The fields that every event has are added when it is signed.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from automix_devkit.simulator.playing import Addresses, addresses_of
from automix_devkit.simulator.room import Leaving, Room, Stream, User
from automix_devkit.simulator.task import Task
from automix_devkit.simulator.wire import JsonObject


@dataclass(frozen=True)
class Event:
    """Hold the fields of one event, for one app or, without, for every app."""

    name: str
    fields: JsonObject
    app_id: int | None = None


Announce: TypeAlias = Callable[[Event, float], None]

ROOM_CLEARED = 5
# For an expired token no page names a close type or reason; that it is as being kicked is inferred.
STREAM_CLOSE_TYPES = {
    Leaving.NORMAL: 0,
    Leaving.HEARTBEAT: 1,
    Leaving.CONNECTION: 4,
    Leaving.KICKED: 3,
    Leaving.TOKEN: 3,
}
ROOM_CLOSE_REASONS = {
    Leaving.NORMAL: 0,
    Leaving.HEARTBEAT: 1,
    Leaving.CONNECTION: 2,
    Leaving.KICKED: 3,
    Leaving.TOKEN: 3,
}


def room_create(room: Room) -> Event:
    """Say that a room was created."""
    fields: JsonObject = {
        "room_id": room.room_id,
        "room_session_id": room.session_id,
        "room_create_time": _milliseconds(room.created),
        "id_name": room.creator,
    }
    return Event("room_create", fields)


def room_close(room: Room, now: float) -> Event:
    """Say that a room ended, for the reason that its last user left."""
    fields: JsonObject = {
        "room_id": room.room_id,
        "room_session_id": room.session_id,
        "close_reason": ROOM_CLOSE_REASONS[room.last_leaving],
        "room_close_time": _milliseconds(now),
    }
    return Event("room_close", fields)


def room_login(room: Room, user: User) -> Event:
    """Say that a user came."""
    fields: JsonObject = {
        **_session(room, user),
        "room_name": room.room_id,
        "auth_level": "4",
        "relogin": "0",
        "callback_data": "",
        "term_type": "0",
    }
    return Event("room_login", fields)


def room_logout(room: Room, user: User, leaving: Leaving, now: float) -> Event:
    """Say that a user left."""
    fields: JsonObject = {**_session(room, user), "logout_time": _milliseconds(now), "reason": str(int(leaving))}
    return Event("room_logout", fields)


def stream_create(room: Room, stream: Stream, play_domain: str) -> Event:
    """Say that a stream is published."""
    urls = addresses_of(f"live/{stream.stream_id}", play_domain)
    fields: JsonObject = {
        **_publishing(room, stream),
        "title": "",
        "stream_attr": '{"cid":0}',
        "create_time": str(int(stream.created)),
        "extra_info": "",
        "recreate": "0",
        "publish_id": stream.user_id,
        "publish_name": stream.user_id,
        "rtmp_url": [urls.rtmp],
        "hls_url": [urls.hls],
        "hdl_url": [urls.flv],
        "pic_url": [],
    }
    return Event("stream_create", fields)


def stream_close(room: Room, stream: Stream, close_type: int, now: float) -> Event:
    """Say that a stream is no longer published."""
    fields: JsonObject = {
        **_publishing(room, stream),
        "type": str(close_type),
        "third_define_data": "",
        "destroy_timemillis": _milliseconds(now),
    }
    return Event("stream_close", fields)


def mix_start(task: Task, outputs: Sequence[Addresses]) -> Event:
    """Say that a mix goes to outputs, the first of which is named."""
    first = outputs[0]
    fields: JsonObject = {
        **_mix(task, first),
        "stream_alias": first.stream_id,
        "rtmp_url": first.rtmp,
        "hls_url": first.hls,
        "hdl_url": first.flv,
        "rtmp_urls": [output.rtmp for output in outputs if output.rtmp],
        "hls_urls": [output.hls for output in outputs if output.hls],
        "hdl_urls": [output.flv for output in outputs if output.flv],
    }
    return Event("mix_start", fields, task.environment.app_id)


def mix_stop(task: Task, output: Addresses) -> Event:
    """Say that a mix no longer goes to an output."""
    return Event("mix_stop", _mix(task, output), task.environment.app_id)


def _session(room: Room, user: User) -> JsonObject:
    return {
        "room_id": room.room_id,
        "room_seq": str(room.session_id),
        "user_account": user.user_id,
        "user_nickname": user.user_id,
        "session_id": str(user.session_id),
        "login_time": _milliseconds(user.login_time),
        "user_role": str(int(user.role)),
        "user_update_seq": str(room.user_changes),
    }


def _publishing(room: Room, stream: Stream) -> JsonObject:
    return {
        "room_id": room.room_id,
        "room_session_id": str(room.session_id),
        "channel_id": room.room_id,
        "user_id": stream.user_id,
        "user_name": stream.user_id,
        "stream_id": stream.stream_id,
        "stream_alias": stream.stream_id,
        "stream_sid": stream.server_id,
        "stream_seq": str(room.stream_changes),
        "create_time_ms": _milliseconds(stream.created),
    }


def _mix(task: Task, output: Addresses) -> JsonObject:
    return {
        "task_id": f"{task.environment.app_id}:{task.parameters.task_id}",
        "seq": str(task.parameters.sequence or 0),
        "channel_id": task.parameters.room_id,
        "publish_id": task.parameters.user_id,
        "mix_url": output.rtmp,
        "mix_stream_alias": output.stream_id,
    }


def _milliseconds(seconds: float) -> str:
    return str(int(seconds * 1000))
