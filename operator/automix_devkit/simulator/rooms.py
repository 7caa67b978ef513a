"""The rooms: who comes and goes and what is published. Told the time; tells what happens."""

import itertools
import math
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from typing import TypeAlias

from automix_devkit.simulator import events
from automix_devkit.simulator.events import Announce
from automix_devkit.simulator.room import Leaving, Role, Room, Stream, User
from automix_devkit.simulator.settings import SimulatorSettings

Changed: TypeAlias = Callable[[str, float], None]

# Beyond what a double holds, as ZEGO's own numbers are.
_FIRST_SESSION_ID = 858012925204410401


class Rooms:
    """Keep the rooms, which belong to no app; `changed` is told when streams come or go or a room ends."""

    def __init__(self, settings: SimulatorSettings, announce: Announce, changed: Changed) -> None:
        self._settings = settings
        self._announce = announce
        self._changed = changed
        self._rooms: dict[str, Room] = {}
        # In the order of time, as time only rises: the next to end is the first.
        self._empty_since: dict[str, float] = {}
        self._session_ids = itertools.count(_FIRST_SESSION_ID)

    def all(self) -> list[Room]:
        """Return every room."""
        return list(self._rooms.values())

    def find(self, room_id: str) -> Room | None:
        """Return a room."""
        return self._rooms.get(room_id)

    def get(self, room_id: str) -> Room:
        """Return a room; raise KeyError when there is none."""
        return self._rooms[room_id]

    def create(self, room_id: str, creator: str, now: float, *, for_mix: bool = False) -> Room:
        """Create a room that nobody is in yet."""
        room = self._rooms[room_id] = Room(room_id, next(self._session_ids), now, creator, for_mix)
        self._announce(events.room_create(room), now)
        return room

    def end(self, room_id: str, now: float) -> None:
        """End a room, with everybody and everything in it; raise KeyError when there is none."""
        room = self._rooms[room_id]
        for stream_id in tuple(room.streams):
            self._close(room, stream_id, events.ROOM_CLEARED, now)
        for user_id in tuple(room.users):
            self._log_out(room, user_id, Leaving.NORMAL, now)
        self._remove(room, now)

    def join(self, room_id: str, user_id: str, role: Role, now: float) -> None:
        """Let a user come, and create the room for the first; raise ValueError for one who is there."""
        room = self._rooms.get(room_id) or self.create(room_id, user_id, now)
        if user_id in room.users:
            raise ValueError("UserId: the user is in the room")
        self._log_in(room, user_id, role, now)

    def leave(self, room_id: str, user_id: str, leaving: Leaving, now: float) -> None:
        """Let a user go, with what that user publishes; raise KeyError for one who is not there.

        ZEGO: FAQ empty-room-destruction, a room without users is destroyed at once unless support delays it.
        """
        room = self._rooms[room_id]
        user = room.users[user_id]
        for stream in [stream for stream in room.streams.values() if stream.user_id == user.user_id]:
            self._close(room, stream.stream_id, events.STREAM_CLOSE_TYPES[leaving], now)
        self._log_out(room, user_id, leaving, now)
        if not room.users:
            self._empty_since[room_id] = now
        self._changed(room_id, now)

    def publish(self, room_id: str, stream_id: str, user_id: str | None, now: float) -> None:
        """Let a user publish, the first of the room unless named.

        Raises KeyError when the room or the user is missing, ValueError for a stream that the room has.
        """
        room = self._rooms[room_id]
        owner = room.users[next(iter(room.users), "") if user_id is None else user_id]
        if stream_id in room.streams:
            raise ValueError("StreamId: the stream is published already")
        self._open(room, stream_id, owner.user_id, now)
        self._changed(room_id, now)

    def close(self, room_id: str, stream_id: str, now: float) -> None:
        """Let a stream end; raise KeyError when it is not published there."""
        room = self._rooms[room_id]
        self._close(room, stream_id, events.STREAM_CLOSE_TYPES[Leaving.NORMAL], now)
        self._changed(room_id, now)

    def replace(self, room_id: str, roles: dict[str, Role], stream_ids: Sequence[str], now: float) -> None:
        """Let a room have exactly these users and streams; new streams are the first user's."""
        room = self._rooms.get(room_id) or self.create(room_id, next(iter(roles)), now)
        for user_id, role in roles.items():
            if user_id not in room.users:
                self._log_in(room, user_id, role, now)
            room.users[user_id] = replace(room.users[user_id], role=role)
        self._replace_streams(room, roles, stream_ids, now)
        for user_id in [user_id for user_id in room.users if user_id not in roles]:
            self._log_out(room, user_id, Leaving.NORMAL, now)
        self._changed(room_id, now)

    def next_end(self) -> float:
        """Return when the next empty room ends, infinity when none does."""
        since = next(iter(self._empty_since.values()), math.inf)
        return since + self._settings.empty_room_seconds

    def end_next(self) -> None:
        """End the room that is empty for longest, at the moment its time is over."""
        moment = self.next_end()
        self._remove(self._rooms[next(iter(self._empty_since))], moment)

    def _replace_streams(self, room: Room, users: Collection[str], stream_ids: Sequence[str], now: float) -> None:
        first = next(iter(users))
        for stream in list(room.streams.values()):
            if stream.stream_id not in stream_ids:
                self._close(room, stream.stream_id, events.STREAM_CLOSE_TYPES[Leaving.NORMAL], now)
            elif stream.user_id not in users:
                room.streams[stream.stream_id] = replace(stream, user_id=first)
        for stream_id in stream_ids:
            if stream_id not in room.streams:
                self._open(room, stream_id, first, now)

    def _remove(self, room: Room, now: float) -> None:
        del self._rooms[room.room_id]
        self._empty_since.pop(room.room_id, None)
        self._announce(events.room_close(room, now), now)
        self._changed(room.room_id, now)

    def _log_in(self, room: Room, user_id: str, role: Role, now: float) -> None:
        user = room.users[user_id] = User(user_id, role, next(self._session_ids), now)
        room.user_changes += 1
        room.made_for_mix = False
        self._empty_since.pop(room.room_id, None)
        self._announce(events.room_login(room, user), now)

    def _log_out(self, room: Room, user_id: str, leaving: Leaving, now: float) -> None:
        user = room.users.pop(user_id)
        room.user_changes += 1
        room.last_leaving = leaving
        self._announce(events.room_logout(room, user, leaving, now), now)

    def _open(self, room: Room, stream_id: str, user_id: str, now: float) -> None:
        server_id = f"s-{next(self._session_ids)}"
        stream = room.streams[stream_id] = Stream(stream_id, user_id, server_id, now)
        room.stream_changes += 1
        self._announce(events.stream_create(room, stream, self._settings.play_domain), now)

    def _close(self, room: Room, stream_id: str, close_type: int, now: float) -> None:
        stream = room.streams.pop(stream_id)
        room.stream_changes += 1
        self._announce(events.stream_close(room, stream, close_type, now), now)
