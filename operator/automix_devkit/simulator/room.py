"""Rooms, the people in them and the streams they publish: nouns without rules."""

from dataclasses import dataclass, field
from enum import IntEnum


class Role(IntEnum):
    """Name what a user is in a room (ZEGO: User logged in callback page, user_role)."""

    HOST = 1
    AUDIENCE = 2
    ADMIN = 4


class Leaving(IntEnum):
    """Name why a user left (ZEGO: User logged out callback page, reason)."""

    NORMAL = 0
    HEARTBEAT = 1
    CONNECTION = 2
    KICKED = 3
    TOKEN = 4


@dataclass(frozen=True)
class User:
    """Hold who is in a room, in which session and since when (Unix seconds)."""

    user_id: str
    role: Role
    session_id: int
    login_time: float


@dataclass(frozen=True)
class Stream:
    """Hold what is published in a room, by whom and since when (Unix seconds)."""

    stream_id: str
    user_id: str
    server_id: str
    created: float


@dataclass
class Room:
    """Hold a room from its creation to its end, its users and streams in the order they came.

    One that was made for a mix has had nobody in it yet.
    """

    room_id: str
    session_id: int
    created: float
    creator: str
    made_for_mix: bool = False
    users: dict[str, User] = field(default_factory=dict)
    streams: dict[str, Stream] = field(default_factory=dict)
    user_changes: int = 0
    stream_changes: int = 0
    last_leaving: Leaving = Leaving.NORMAL

    @property
    def admin_count(self) -> int:
        """Return how many of its users are administrators."""
        return sum(user.role is Role.ADMIN for user in self.users.values())
