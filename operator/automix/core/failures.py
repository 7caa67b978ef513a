"""What a failed call means for the object: a state, and whether trying again can help."""

from dataclasses import dataclass

from automix.core.states import Reason

# Only what the user owns can mend these; the next try comes when it changes.
_TERMINAL = frozenset({Reason.INVALID_SPEC, Reason.MANAGED_ELSEWHERE})
# These are the app's trouble and are told to the app, which wakes its mixes when it is mended.
_OF_THE_APP = frozenset({Reason.CREDENTIALS_REJECTED, Reason.SERVICE_NOT_ENABLED})


@dataclass(frozen=True)
class Failure:
    """A call that did not succeed."""

    reason: Reason
    message: str
    """What happened and what to do; free of secrets."""
    code: int | None = None
    request_id: str = ""
    retry_after: float | None = None
    """Seconds that ZEGO asked to wait."""
    in_doubt: bool = False
    """Whether the call may have had its effect all the same."""
    busy: bool = False
    """Whether there were too many calls of the whole app, which is no fault of the object's."""
    slow: bool = False
    """Whether it hardly passes by itself, so that tries are far apart."""

    @property
    def terminal(self) -> bool:
        """Whether only a change by a person helps."""
        return self.reason in _TERMINAL

    @property
    def of_the_app(self) -> bool:
        """Whether every mix of the app has this failure."""
        return self.reason in _OF_THE_APP
