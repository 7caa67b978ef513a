"""What the API server's refusals mean to us.

KubeError
├── Gone          the object (or the very one that was meant) does not exist
├── Conflict      the object changed since it was read: read it again
├── Forbidden     RBAC does not allow it
├── Unauthorized  the credentials are not taken
├── Unavailable   no answer, or one that a later try may mend
└── Blind         the operator does not see its objects any more, and no later try mends that
"""


class KubeError(Exception):
    """Report that a request to the API server did not succeed; `what` is verb and resource."""

    def __init__(self, what: str, reason: str) -> None:
        super().__init__(f"{what}: {reason}")


class Gone(KubeError):
    """Report that the object does not exist."""


class Conflict(KubeError):
    """Report that the object is not what it was when it was read."""


class Forbidden(KubeError):
    """Report that the operator's permissions do not allow it."""


class Unauthorized(KubeError):
    """Report that the API server does not take the operator's credentials."""


class Unavailable(KubeError):
    """Report that the API server gave no answer that counts."""


class Blind(KubeError):
    """Report that a watch is over for good: the process must end, so that it is started again."""


def refusal(what: str, status: int, reason: str) -> KubeError:
    """Return the error for an HTTP status of the API server; 422 is how it says that a JSON patch's test failed."""
    match status:
        case 401:
            return Unauthorized(what, reason)
        case 404:
            return Gone(what, reason)
        case 403:
            return Forbidden(what, reason)
        case 409 | 422:
            return Conflict(what, reason)
        case _:
            return Unavailable(what, f"HTTP {status}: {reason}")
