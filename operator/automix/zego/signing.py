"""ZEGO's request signature: pure functions of credentials, nonce and time.

Reads no clock and no randomness, and never puts the server secret into a text.
"""

import hashlib
from typing import Annotated

from pydantic import ConfigDict, Field, SecretStr
from pydantic.dataclasses import dataclass

SIGNATURE_VERSION = "2.0"

AppId = Annotated[int, Field(gt=0, lt=2**32)]
ServerSecret = Annotated[SecretStr, Field(min_length=1)]


@dataclass(frozen=True, config=ConfigDict(hide_input_in_errors=True))
class Credentials:
    """Name a ZEGO app and the secret that signs its calls.

    `app_id` is a uint32 (ZEGO: Calling APIs page). `is_test` exists only for projects created up to 2021-11-16.
    """

    app_id: AppId
    server_secret: ServerSecret
    is_test: bool = False


def sign(app_id: int, server_secret: str, nonce: str, timestamp: int) -> str:
    """Return the signature as 32 lower-case hex digits.

    `nonce` is 16 hex characters, `timestamp` Unix seconds of at most 10 minutes' error (ZEGO: Calling APIs page).
    """
    # ZEGO prescribes MD5; the flag keeps it available where FIPS mode forbids it for security uses.
    return hashlib.md5(f"{app_id}{nonce}{server_secret}{timestamp}".encode(), usedforsecurity=False).hexdigest()


def signed_query(credentials: Credentials, action: str, *, nonce: str, timestamp: int) -> dict[str, str]:
    """Return the query parameters every call carries (ZEGO: Calling APIs page, common parameters)."""
    query = {
        "Action": action,
        "AppId": str(credentials.app_id),
        "SignatureNonce": nonce,
        "Timestamp": str(timestamp),
        "Signature": sign(credentials.app_id, credentials.server_secret.get_secret_value(), nonce, timestamp),
        "SignatureVersion": SIGNATURE_VERSION,
    }
    if credentials.is_test:
        query["IsTest"] = "true"
    return query
