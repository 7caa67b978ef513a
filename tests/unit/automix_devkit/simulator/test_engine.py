"""The operations that tests and the admin API share, and where the API is."""

from dataclasses import replace

import pytest
from pydantic import SecretStr

from unit.automix_devkit.simulator.caller import APP_ID, SECRET, Caller, start_body


@pytest.mark.parametrize(("path", "status"), [("/", 200), ("", 200), ("/v2", 404), ("//", 404)])
def test_the_api_is_on_the_root_alone(path: str, status: int) -> None:
    zego = Caller()
    response = zego.simulator.handle(replace(zego.request("StartAutoMix", body=start_body()), path=path))
    assert response.status == status
    assert zego.running() == (["task"] if status == 200 else [])
    assert len(zego.simulator.calls) == (1 if status == 200 else 0)


def test_a_room_without_further_word_has_one_user() -> None:
    zego = Caller()
    zego.simulator.create_room("new")
    (room,) = (room for room in zego.simulator.state().rooms if room.room_id == "new")
    assert (room.users, room.admins, room.streams) == (("host",), (), ())


def test_a_secret_that_is_hidden_already_is_the_same_secret() -> None:
    zego = Caller()
    zego.simulator.add_app(APP_ID, "another")
    assert zego.start()["Code"] == 100000005
    zego.simulator.add_app(APP_ID, SecretStr(SECRET))
    assert zego.start()["Code"] == 0
