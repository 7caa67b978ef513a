"""What can go wrong with a call or a callback, and the one place where httpx's errors become ours.

ZegoError
├── ZegoUnreachable      no usable answer arrived
├── ZegoBadAnswer        an HTTP answer arrived that is not ZEGO's (a proxy's page, cut off, not as documented)
└── ZegoRefused          ZEGO answered with a Code other than 0
CallbackError
├── CallbackUnreadable   the body, or a field of a known event, is not as documented
├── CallbackNotGenuine   the signature is missing or wrong
└── CallbackStale        the signature is right and too old, or from the future

No text here holds a URL, a signature or a secret: what comes from outside is cleaned before it gets in, and of a
callback nothing gets in but the names of our own fields.
"""

from collections.abc import Mapping
from types import MappingProxyType

import httpx

from automix.zego.codes import ReturnCode


class ZegoError(Exception):
    """Report that a call did not succeed; `action` is ZEGO's name of the operation."""

    def __init__(self, action: str, text: str) -> None:
        super().__init__(f"{action}: {text}")
        self.action = action


class ZegoUnreachable(ZegoError):
    """Report that no usable answer arrived; `may_have_had_effect` is False only if nothing can have been sent."""

    def __init__(self, action: str, reason: str, *, may_have_had_effect: bool) -> None:
        effect = "may have had its effect" if may_have_had_effect else "had no effect"
        super().__init__(action, f"no answer from ZEGO, the call {effect}: {reason}")
        self.may_have_had_effect = may_have_had_effect


class ZegoBadAnswer(ZegoError):
    """Report an answer that is not ZEGO's; `retry_after` is in seconds."""

    may_have_had_effect = True

    def __init__(self, action: str, reason: str, *, http_status: int, retry_after: float | None) -> None:
        super().__init__(action, f"answer with HTTP status {http_status} is not ZEGO's: {reason}")
        self.http_status = http_status
        self.retry_after = retry_after


class ZegoRefused(ZegoError):
    """Report a Code other than 0: what ZEGO said and what the code table makes of it; `retry_after` is in seconds."""

    def __init__(
        self, action: str, row: ReturnCode, *, message: str, request_id: str, retry_after: float | None
    ) -> None:
        said = f": {message}" if message else ""
        super().__init__(
            action, f"refused with code {row.code}, {row.meaning}{said} (request id {request_id or 'none'})"
        )
        self.code = row.code
        self.failure = row.failure
        self.advice = row.advice
        self.message = message
        self.request_id = request_id
        self.retry_after = retry_after


class CallbackError(Exception):
    """Report a callback that must not be believed."""


class CallbackUnreadable(CallbackError):
    """Report a body, or a field of a known event, that is not as ZEGO documents it."""


class CallbackNotGenuine(CallbackError):
    """Report a missing or wrong signature."""


class CallbackStale(CallbackError):
    """Report a right signature whose timestamp is too far from now."""


# Every error httpx can raise, and whether the request may have reached ZEGO by then.
_MAY_HAVE_HAD_EFFECT: Mapping[type[Exception], bool] = MappingProxyType(
    {
        httpx.ConnectError: False,
        httpx.ConnectTimeout: False,
        httpx.PoolTimeout: False,
        httpx.ProxyError: False,  # httpx raises it only while the tunnel is being made
        httpx.UnsupportedProtocol: False,
        httpx.InvalidURL: False,
        httpx.ReadError: True,
        httpx.ReadTimeout: True,
        httpx.WriteError: True,
        httpx.WriteTimeout: True,
        httpx.CloseError: True,
        httpx.LocalProtocolError: True,
        httpx.RemoteProtocolError: True,
        httpx.DecodingError: True,
        httpx.TooManyRedirects: True,
        httpx.HTTPStatusError: True,
        httpx.CookieConflict: True,
        httpx.StreamConsumed: True,
        httpx.StreamClosed: True,
        httpx.ResponseNotRead: True,
        httpx.RequestNotRead: True,
    }
)
HTTPX_ERRORS = tuple(_MAY_HAVE_HAD_EFFECT)


def unreachable(action: str, error: Exception, detail: str) -> ZegoUnreachable:
    """Return our error for one of HTTPX_ERRORS; `detail` is its cleaned text.

    The httpx error itself must not be kept as a cause: it holds the request.
    """
    kind = type(error).__name__
    return ZegoUnreachable(
        action,
        f"{kind}: {detail}" if detail else kind,
        may_have_had_effect=_MAY_HAVE_HAD_EFFECT.get(type(error), True),
    )
