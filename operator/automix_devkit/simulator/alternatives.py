"""Every reading of ZEGO's documents that is not the simulator's default, by name: what a client has to live with.

A client's tests are meant to be run once for each of them: `SimulatorSettings(**ALTERNATIVES[name])`.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any

from pydantic import TypeAdapter, ValidationError

from automix_devkit.simulator.settings import (
    CallbackBody,
    CallbackTypes,
    DataParts,
    EndOfMix,
    Environments,
    FailureStatus,
    MixDuration,
    NoData,
    RateLimit,
    SecondMix,
    SimulatorSettings,
)
from automix_devkit.simulator.wire import problem

ALTERNATIVES: Mapping[str, Mapping[str, Any]] = {
    # Access and answers
    "a failure has an HTTP status of its own": {"failure_status": FailureStatus.BY_CODE},
    "a nonce is accepted once": {"refuse_nonce_replay": True},
    "calls are counted in a token bucket": {"rate_limit": RateLimit.TOKEN_BUCKET},
    "every overload is 110200194": {"one_overload_code": True},
    "user ids are not locked": {"lock_user_ids": False},
    "numbers are strings": {"numbers_as_strings": True},
    "answers have unknown fields": {"extra_fields": True},
    "Data is sparse": {"data_parts": DataParts.SPARSE},
    "Data is absent": {"data_parts": DataParts.ABSENT},
    "no Data is null": {"no_data": NoData.NULL},
    "no Data is an empty object": {"no_data": NoData.EMPTY_OBJECT},
    "outputs to RTC have no play addresses": {"rtc_play_urls": False},
    "PlayInfo has another Status": {"play_status": 1},
    "PlayInfo has no Status": {"play_status": None},
    "there is no test environment": {"environments": Environments.PRODUCTION},
    # Rooms and tasks
    "a missing room is created": {"create_missing_rooms": True},
    "an empty room lives on": {"empty_room_seconds": 1800},
    "a missing input is refused": {"refuse_missing_inputs": True},
    "a change that is not possible is refused": {"refuse_changes": True},
    "another room is ignored": {"ignore_other_room": True},
    "tasks have owners": {"enforce_ownership": True},
    "a Sequence is required": {"require_sequence": True},
    "a stale Sequence is refused": {"refuse_stale_sequence": True},
    "a second mix replaces the first": {"second_mix": SecondMix.REPLACES_THE_FIRST},
    "a second mix is refused": {"second_mix": SecondMix.IS_REFUSED},
    "a user has one task": {"close_other_tasks": True},
    "stopping an unknown task succeeds": {"stop_unknown_succeeds": True},
    "queries do not see auto mixes": {"query_sees_auto_mixes": False},
    "MixDuration restarts on update": {"mix_duration": MixDuration.SINCE_UPDATE},
    "MixDuration stands still while idle": {"mix_duration": MixDuration.WITH_INPUTS},
    "a mix ends at once with its room": {"end_of_mix": EndOfMix.AT_ONCE_WITH_ITS_ROOM},
    "a mix ends only with its room": {"end_of_mix": EndOfMix.ONLY_WITH_ITS_ROOM},
    "a mix ends after 100 seconds": {"idle_seconds": 100},
    # Callbacks
    "an idle end is not called back": {"callback_on_idle_end": False},
    "an update is called back": {"callback_on_update": True},
    "a task is called back once": {"callback_per_task": True},
    "callbacks are URL-encoded JSON": {"callback_body": CallbackBody.URL_ENCODED_JSON},
    "callbacks are forms": {"callback_body": CallbackBody.FORM},
    "callbacks have strings only": {"callback_types": CallbackTypes.STRINGS},
    "callbacks have numbers": {"callback_types": CallbackTypes.NUMBERS},
    "a repeated callback is signed anew": {"sign_retries_anew": True},
}

_SETTINGS = TypeAdapter(SimulatorSettings)


def read_settings(assignments: Iterable[str]) -> SimulatorSettings:
    """Return the settings that `name=value` texts ask for; a value is JSON or plain text.

    Raises ValueError with the name that is wrong.
    """
    known = {setting.name for setting in fields(SimulatorSettings)}
    chosen: dict[str, Any] = {}
    for assignment in assignments:
        name, equals, value = assignment.partition("=")
        if not equals:
            raise ValueError(f"{name}: must be name=value")
        if name not in known:
            raise ValueError(f"{name}: there is no such switch")
        chosen[name] = _value(value)
    try:
        return _SETTINGS.validate_python(chosen)
    except ValidationError as error:
        raise ValueError(problem(error)) from None


def _value(text: str) -> Any:  # noqa: ANN401 -- any JSON value
    try:
        return json.loads(text)
    except ValueError:
        return text
