"""The signature and the common query parameters, against ZEGO's published vector and computed ones."""

from dataclasses import FrozenInstanceError

import pytest
from pydantic import SecretStr, TypeAdapter, ValidationError

from automix.zego.signing import Credentials, sign, signed_query

SECRET = "9193cc662a4c0ec135ec71fb57194b38"


@pytest.mark.parametrize(
    ("app_id", "nonce", "secret", "timestamp", "signature"),
    [
        pytest.param(
            12345,
            "4fd24687296dd9f3",
            SECRET,
            1615186943,
            "43e5cfcca828314675f91b001390566a",
            id="the vector ZEGO publishes",
        ),
        pytest.param(
            123456789,
            "0123456789abcdef",
            "fedcba98765432100123456789abcdef",
            1735689600,
            "bbae32aac74f554310686e78d44b06eb",
            id="a nine-digit app id",
        ),
        pytest.param(
            1,
            "ffffffffffffffff",
            "abcdefabcdefabcdefabcdefabcdefab",
            1700000000,
            "4cc097bbb2099693d5c031e4e48d4454",
            id="the smallest app id",
        ),
        pytest.param(
            4294967295,
            "0000000000000000",
            "0" * 32,
            0,
            "eb23ea2e55c231e120e16a9acd0d057d",
            id="the largest app id and no time at all",
        ),
    ],
)
def test_the_signature_is_zegos(app_id: int, nonce: str, secret: str, timestamp: int, signature: str) -> None:
    assert sign(app_id, secret, nonce, timestamp) == signature


def test_the_query_carries_every_common_parameter() -> None:
    credentials = Credentials(12345, SecretStr(SECRET))

    query = signed_query(credentials, "StartAutoMix", nonce="4fd24687296dd9f3", timestamp=1615186943)

    assert query == {
        "Action": "StartAutoMix",
        "AppId": "12345",
        "SignatureNonce": "4fd24687296dd9f3",
        "Timestamp": "1615186943",
        "Signature": "43e5cfcca828314675f91b001390566a",
        "SignatureVersion": "2.0",
    }


def test_is_test_is_sent_only_when_true() -> None:
    query = signed_query(Credentials(1, SecretStr(SECRET), is_test=True), "StopAutoMix", nonce="n", timestamp=0)

    assert query["IsTest"] == "true"


def test_credentials_do_not_show_their_secret() -> None:
    assert SECRET not in repr(Credentials(1, SecretStr(SECRET)))


def test_a_secret_that_is_no_text_is_refused_without_it() -> None:
    with pytest.raises(ValidationError, match="server_secret") as refusal:
        TypeAdapter(Credentials).validate_python({"app_id": 1, "server_secret": ["hunter2"]})

    assert "hunter2" not in str(refusal.value)


def test_credentials_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        setattr(Credentials(1, SecretStr(SECRET)), "is_test", True)  # noqa: B010 -- what mypy would not let pass


@pytest.mark.parametrize(
    ("app_id", "secret", "field"),
    [
        pytest.param(0, SECRET, "app_id", id="an app id of zero"),
        pytest.param(2**32, SECRET, "app_id", id="an app id beyond 32 bits"),
        pytest.param(1, "", "server_secret", id="an empty secret"),
    ],
)
def test_bad_credentials_are_refused_by_field_and_without_the_secret(app_id: int, secret: str, field: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        Credentials(app_id=app_id, server_secret=SecretStr(secret))

    assert refusal.value.errors()[0]["loc"] == (field,)
    assert SECRET not in str(refusal.value)
