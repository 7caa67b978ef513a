"""Secrets, one key at a time; read when needed and never cached here."""

import base64
import binascii

from pydantic import SecretStr

from automix.core.app_status import AppReason
from automix.kube.client import KubeClient
from automix.kube.errors import Forbidden, Gone


class SecretProblem(Exception):
    """Report that a Secret does not give what is referred to; `reason` is for the condition, the text says the fix."""

    def __init__(self, reason: AppReason, text: str) -> None:
        super().__init__(text)
        self.reason = reason


class Secrets:
    """The Secrets that app objects refer to."""

    def __init__(self, client: KubeClient) -> None:
        self._client = client

    async def read(self, namespace: str, name: str, key: str) -> SecretStr:
        """Return one key's text without surrounding white space; raises SecretProblem or KubeError."""
        where = f"Secret {namespace}/{name}"
        try:
            secret = await self._client.get(f"/api/v1/namespaces/{namespace}/secrets/{name}")
        except Gone:
            raise SecretProblem(AppReason.NOT_FOUND, f"{where} does not exist; create it with the key {key}.") from None
        except Forbidden:
            text = f"The operator may not read {where}; allow it in the chart's values or in RBAC."
            raise SecretProblem(AppReason.FORBIDDEN, text) from None
        data = secret.get("data") or {}
        if key not in data:
            raise SecretProblem(AppReason.KEY_NOT_FOUND, f"{where} has no key {key}; add it.")
        try:
            text = base64.b64decode(data[key]).decode().strip()
        except (binascii.Error, UnicodeDecodeError):
            raise SecretProblem(
                AppReason.KEY_INVALID, f"Key {key} of {where} is no text; store the plain secret."
            ) from None
        if not text:
            raise SecretProblem(AppReason.KEY_EMPTY, f"Key {key} of {where} is empty; put the secret there.")
        return SecretStr(text)
