"""Settings from the environment and the command line."""

import os

import pytest
from pydantic import ValidationError

from automix.core.schedule import Timing
from automix.settings import Settings


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("AUTOMIX_")]:
        monkeypatch.delenv(name)


def test_without_any_the_defaults_are_the_documented_ones() -> None:
    settings = Settings()

    assert (settings.namespaces, settings.pod_namespace, settings.kubeconfig) == ((), "automix-system", None)
    assert (settings.probe_port, settings.log_level, settings.log_format) == (8080, "INFO", "text")
    assert settings.engine().timing == Timing(first_look=10, shortest_drift_check=30)


def test_variables_set_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUTOMIX_WORKERS", "7")
    monkeypatch.setenv("AUTOMIX_SHORTEST_DRIFT_CHECK_SECONDS", "0.5")
    monkeypatch.setenv("AUTOMIX_POD_NAMESPACE", "zego")

    engine = Settings().engine()
    assert engine.workers == 7
    assert engine.timing.shortest_drift_check == 0.5
    assert engine.app_secret_namespace == "zego"


def test_what_is_given_beats_a_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUTOMIX_PROBE_PORT", "1")

    assert Settings(probe_port=2).probe_port == 2


def test_the_engine_gets_its_part() -> None:
    engine = Settings(
        namespaces=("a", "b"), instance="pod-1", drain_seconds=3, first_look_seconds=2, room_count_seconds=9
    ).engine()

    assert (engine.namespaces, engine.instance, engine.drain_seconds) == (("a", "b"), "pod-1", 3)
    assert engine.timing.first_look == 2
    assert engine.room_count_seconds == 9


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("workers", 0),
        ("workers", 1001),
        ("probe_port", -1),
        ("probe_port", 65536),
        ("first_look_seconds", 0),
        ("shortest_drift_check_seconds", 0),
        ("drain_seconds", 0),
        ("room_count_seconds", 0),
        ("log_level", "LOUD"),
        ("log_format", "xml"),
    ],
)
def test_a_value_out_of_range_is_refused_by_name(name: str, value: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"AUTOMIX_{name.upper()}", str(value))

    with pytest.raises(ValidationError, match=name):
        Settings()


def test_every_setting_is_described() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


def test_settings_are_read_once_and_never_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Settings().workers = 3  # type: ignore[misc]
