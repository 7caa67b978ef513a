"""The simulator's switches. Each chooses a reading where ZEGO's documents are silent or contradict each other.

The README gives the source of each. `alternatives` lists the readings that are not the default.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class FailureStatus(StrEnum):
    """Choose the HTTP status of an answer whose Code is not 0."""

    OK = "always-200"
    BY_CODE = "by-code"


class RateLimit(StrEnum):
    """Choose how the calls of a second are counted."""

    SLIDING_WINDOW = "sliding-window"
    TOKEN_BUCKET = "token-bucket"  # noqa: S105 -- not that kind of token


class SecondMix(StrEnum):
    """Choose what becomes of a second task in a room that has one."""

    BOTH_RUN = "both-run"
    REPLACES_THE_FIRST = "replaces-the-first"
    IS_REFUSED = "is-refused"


class EndOfMix(StrEnum):
    """Choose when a mix ends that nobody stops."""

    AFTER_IDLE_TIME = "after-idle-time"
    AT_ONCE_WITH_ITS_ROOM = "at-once-with-its-room"
    ONLY_WITH_ITS_ROOM = "only-with-its-room"


class MixDuration(StrEnum):
    """Choose what MixDuration counts."""

    SINCE_START = "since-start"
    SINCE_UPDATE = "since-update"
    WITH_INPUTS = "with-inputs"


class DataParts(StrEnum):
    """Choose how much of its Data a success of the mixing service has."""

    COMPLETE = "complete"
    SPARSE = "sparse"
    ABSENT = "absent"


class NoData(StrEnum):
    """Choose how an answer without Data is written."""

    LEFT_OUT = "left-out"
    NULL = "as-null"
    EMPTY_OBJECT = "as-empty-object"


class Environments(StrEnum):
    """Choose which environments a project has."""

    BOTH = "both"
    PRODUCTION = "production"
    TEST = "test"


class CallbackBody(StrEnum):
    """Choose how the fields of a callback are written."""

    JSON = "json"
    URL_ENCODED_JSON = "url-encoded-json"
    FORM = "form"


class CallbackTypes(StrEnum):
    """Choose the types of a callback's fields."""

    AS_DOCUMENTED = "as-documented"
    STRINGS = "strings"
    NUMBERS = "numbers"


@dataclass(frozen=True, kw_only=True)
class SimulatorSettings:
    """Choose how the simulator reads what ZEGO leaves open.

    Attributes:
        play_domain: Domain of the play addresses of outputs that go to a CDN.
        calls_per_second: Overrides of the documented rate limits, by Action, in both environments.
        check_host: Refuse a Host header that is not one of ZEGO's.
        log_size: How many calls, breaches and settled callbacks are kept, the oldest go first.
        environments: Which environments a project has, unless it says so itself.

        failure_status: HTTP status of an answer whose Code is not 0.
        refuse_nonce_replay: Answer 100000005 to a SignatureNonce that was used before.
        rate_limit: How the calls of a second are counted.
        one_overload_code: Answer 110200194 to an overload of any mixing action.
        lock_user_ids: Refuse a start or stop while another one of its UserId is on its way.
        numbers_as_strings: Write every number of Data as a string; Code stays a number.
        extra_fields: Add fields that no page knows to every object of an answer.
        data_parts: How much of its Data a success of the mixing service has.
        no_data: How an answer without Data is written.
        rtc_play_urls: Give outputs to RTC empty play addresses; False leaves the fields out.
        play_status: Status of each PlayInfo; None leaves it and UserName out, as the older page did.

        create_missing_rooms: Create a room that does not exist when a mix is started in it.
        empty_room_seconds: How long a room outlives its last user.
        refuse_missing_inputs: Answer 110200150 to a start that adds a StreamId nobody publishes.
        refuse_changes: Answer 110200002 to an update of what cannot be updated, instead of ignoring it.
        ignore_other_room: Ignore the RoomId of a call for a running task, instead of answering 110200002.
        enforce_ownership: Let nobody but the UserId that started a task update or stop it.
        require_sequence: Answer 110200002 to a start or stop without Sequence ("timing control").
        refuse_stale_sequence: Answer 110200002 to a stale Sequence, instead of Code 0 without executing it.
        second_mix: What becomes of a second task in a room that has one.
        close_other_tasks: End the other tasks of a UserId when it starts one.
        stop_unknown_succeeds: Answer 0 to StopAutoMix of a task that does not run, instead of 110209001.
        query_sees_auto_mixes: Let GetMixTaskInfo find auto mixes; False answers 110209001 always.
        mix_duration: What MixDuration counts.
        end_of_mix: When a mix ends that nobody stops.
        idle_seconds: How long a mix goes on without streams of its room. Demos may shorten it.

        callback_on_idle_end: Send mix_stop when a mix ends that nobody stopped.
        callback_on_update: Send mix_start with the new seq for an update as well.
        callback_per_task: Send one mix_start and one mix_stop for a task, not one for each of its outputs.
        callback_body: How the fields of a callback are written.
        callback_types: The types of a callback's fields.
        sign_retries_anew: Give a repeated callback a new nonce, timestamp and signature.
        callback_timeout_seconds: How long the receiver of a callback may take to answer.
    """

    play_domain: str = "play.example"
    calls_per_second: Mapping[str, int] = field(default_factory=dict)
    check_host: bool = False
    log_size: int = 100_000
    environments: Environments = Environments.BOTH

    failure_status: FailureStatus = FailureStatus.OK
    refuse_nonce_replay: bool = False
    rate_limit: RateLimit = RateLimit.SLIDING_WINDOW
    one_overload_code: bool = False
    lock_user_ids: bool = True
    numbers_as_strings: bool = False
    extra_fields: bool = False
    data_parts: DataParts = DataParts.COMPLETE
    no_data: NoData = NoData.LEFT_OUT
    rtc_play_urls: bool = True
    play_status: int | None = 0

    create_missing_rooms: bool = False
    empty_room_seconds: float = 0
    refuse_missing_inputs: bool = False
    refuse_changes: bool = False
    ignore_other_room: bool = False
    enforce_ownership: bool = False
    require_sequence: bool = False
    refuse_stale_sequence: bool = False
    second_mix: SecondMix = SecondMix.BOTH_RUN
    close_other_tasks: bool = False
    stop_unknown_succeeds: bool = False
    query_sees_auto_mixes: bool = True
    mix_duration: MixDuration = MixDuration.SINCE_START
    end_of_mix: EndOfMix = EndOfMix.AFTER_IDLE_TIME
    idle_seconds: float = 90

    callback_on_idle_end: bool = True
    callback_on_update: bool = False
    callback_per_task: bool = False
    callback_body: CallbackBody = CallbackBody.JSON
    callback_types: CallbackTypes = CallbackTypes.AS_DOCUMENTED
    sign_retries_anew: bool = False
    callback_timeout_seconds: float = 5
