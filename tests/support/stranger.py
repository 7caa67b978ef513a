"""Somebody else who has an app's credentials: a script, a console, an operator that nobody remembers.

Signs by hand, after ZEGO's page on calling APIs, and sends no Sequence, which is optional.
"""

import hashlib
import secrets
import time
from typing import Any

import httpx

Json = dict[str, Any]


class Stranger:
    """Starts and stops mixes beside the operator, under a user id of its own."""

    def __init__(self, url: str, app_id: int, secret: str) -> None:
        self._http = httpx.Client(base_url=url)
        self._app_id = app_id
        self._secret = secret

    def start(self, task_id: str, **fields: object) -> None:
        """Start a mix of the room that has the task's name, or change it."""
        outputs = [{"StreamId": f"{task_id}-elsewhere"}]
        self._call("StartAutoMix", {"RoomId": task_id, "TaskId": task_id, "MixOutput": outputs, **fields})

    def stop(self, task_id: str) -> None:
        """Stop the mix of the room that has the task's name."""
        self._call("StopAutoMix", {"RoomId": task_id, "TaskId": task_id})

    def take_over(self, task_id: str) -> None:
        """Stop whatever mix runs and start one instead."""
        self.stop(task_id)
        self.start(task_id)

    def close(self) -> None:
        """Close the connection."""
        self._http.close()

    def _call(self, action: str, body: Json) -> None:
        nonce, now = secrets.token_hex(8), int(time.time())
        signed = hashlib.md5(f"{self._app_id}{nonce}{self._secret}{now}".encode(), usedforsecurity=False)
        query = {
            "Action": action,
            "AppId": str(self._app_id),
            "SignatureNonce": nonce,
            "Timestamp": str(now),
            "Signature": signed.hexdigest(),
            "SignatureVersion": "2.0",
        }
        answer = self._http.post("/", params=query, json={"UserId": "stranger", **body})
        assert answer.json()["Code"] == 0, answer.text
