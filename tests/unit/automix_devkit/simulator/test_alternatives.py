"""The readings that are not the default: complete, possible, documented, and set by name."""

from dataclasses import fields
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest

from automix_devkit import simulator
from automix_devkit.simulator import ALTERNATIVES, SimulatorSettings
from automix_devkit.simulator.alternatives import read_settings
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
)
from unit.automix_devkit.simulator.caller import Caller

README = Path(simulator.__file__).with_name("README.md").read_text()
# How much, not which: these choose no reading of the documents.
KNOBS = {"play_domain", "calls_per_second", "check_host", "log_size", "callback_timeout_seconds"}


@pytest.mark.parametrize("name", ALTERNATIVES)
def test_an_alternative_differs_from_the_default_in_what_it_names(name: str) -> None:
    default, changed = SimulatorSettings(), SimulatorSettings(**ALTERNATIVES[name])
    assert ALTERNATIVES[name]
    assert {setting: getattr(changed, setting) for setting in ALTERNATIVES[name]} == ALTERNATIVES[name]
    assert [setting for setting in ALTERNATIVES[name] if getattr(default, setting) == getattr(changed, setting)] == []


@pytest.mark.parametrize("name", ALTERNATIVES)
def test_a_mix_can_be_started_and_stopped_under_every_alternative(name: str) -> None:
    zego = Caller(SimulatorSettings(**ALTERNATIVES[name]))
    assert zego.start(Sequence=1)["Code"] == 0
    assert zego.running() == ["task"]
    assert zego.stop(Sequence=2, UserId="user-task")["Code"] == 0
    assert zego.running() == []


def test_every_switch_has_an_alternative() -> None:
    assert {setting for change in ALTERNATIVES.values() for setting in change} == {
        setting.name for setting in fields(SimulatorSettings)
    } - KNOBS


def test_every_value_of_a_switch_is_an_alternative_or_the_default() -> None:
    chosen = {(setting, value) for change in ALTERNATIVES.values() for setting, value in change.items()}
    missing = [
        (setting.name, value)
        for setting in fields(SimulatorSettings)
        if hasattr(setting.type, "__members__")
        for value in setting.type
        if value is not setting.default and (setting.name, value) not in chosen
    ]
    # A project without production cannot be called at all without IsTest.
    assert [(name, str(value)) for name, value in missing] == [("environments", "test")]


@pytest.mark.parametrize(
    ("switch", "readings"),
    [
        (FailureStatus, "always-200 by-code"),
        (RateLimit, "sliding-window token-bucket"),
        (SecondMix, "both-run replaces-the-first is-refused"),
        (EndOfMix, "after-idle-time at-once-with-its-room only-with-its-room"),
        (MixDuration, "since-start since-update with-inputs"),
        (DataParts, "complete sparse absent"),
        (NoData, "left-out as-null as-empty-object"),
        (Environments, "both production test"),
        (CallbackBody, "json url-encoded-json form"),
        (CallbackTypes, "as-documented strings numbers"),
    ],
)
def test_the_readings_of_a_switch_have_names_which_the_readme_explains(switch: type[StrEnum], readings: str) -> None:
    assert [reading.value for reading in switch] == readings.split()
    assert [reading for reading in readings.split() if f"`{reading}`" not in README] == []


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("an empty room lives on", {"empty_room_seconds": 30 * 60}),
        ("a mix ends after 100 seconds", {"idle_seconds": 100}),
    ],
)
def test_times_are_those_of_zegos_pages(name: str, change: dict[str, float]) -> None:
    assert ALTERNATIVES[name] == change


@pytest.mark.parametrize("setting", [setting.name for setting in fields(SimulatorSettings)])
def test_the_readme_says_where_a_switch_comes_from(setting: str) -> None:
    assert f"`{setting}" in README


@pytest.mark.parametrize(
    ("assignments", "changed"),
    [
        pytest.param([], {}, id="nothing"),
        pytest.param(["refuse_changes=true"], {"refuse_changes": True}, id="a switch"),
        pytest.param(
            ["lock_user_ids=false", "idle_seconds=2.5"], {"lock_user_ids": False, "idle_seconds": 2.5}, id="two"
        ),
        pytest.param(["failure_status=by-code"], {"failure_status": FailureStatus.BY_CODE}, id="a reading by name"),
        pytest.param(["no_data=as-null"], {"no_data": NoData.NULL}, id="a reading that sounds like JSON"),
        pytest.param(["second_mix=is-refused"], {"second_mix": SecondMix.IS_REFUSED}, id="a reading with hyphens"),
        pytest.param(["play_status=null"], {"play_status": None}, id="nothing in JSON"),
        pytest.param(
            ['calls_per_second={"StartAutoMix": 5}'], {"calls_per_second": {"StartAutoMix": 5}}, id="an object in JSON"
        ),
        pytest.param(["play_domain=a=b"], {"play_domain": "a=b"}, id="a value with an equals sign"),
        pytest.param(["idle_seconds=1", "idle_seconds=2"], {"idle_seconds": 2}, id="the last of two"),
    ],
)
def test_a_switch_is_set_by_name(assignments: list[str], changed: dict[str, Any]) -> None:
    assert read_settings(assignments) == SimulatorSettings(**changed)


@pytest.mark.parametrize(
    ("assignment", "why"),
    [
        pytest.param("refuse_changes", "refuse_changes: must be name=value", id="no value"),
        pytest.param("refuse=true", "refuse: there is no such switch", id="an unknown name"),
        pytest.param("refuse_changes=perhaps", "^refuse_changes: ", id="a value of another kind"),
        pytest.param("second_mix=both", "^second_mix: .*both-run", id="a reading that does not exist"),
    ],
)
def test_a_bad_assignment_is_refused_by_name(assignment: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        read_settings([assignment])
