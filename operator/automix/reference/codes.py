"""The page of ZEGO's return codes: what each means, what the operator makes of it and what a person can do."""

from collections.abc import Mapping

from automix import zego
from automix.core.failures import Failure
from automix.engine.failures import failure_of
from automix.reference.markdown import anchor, code, link, page, paragraph, prose, table

_MUST_CHANGE: Mapping[zego.Failure, str] = {
    zego.Failure.SPEC: "What was asked for.",
    zego.Failure.CREDENTIALS: "The app's AppId or ServerSecret.",
    zego.Failure.ACCOUNT: "What the app is enabled for at ZEGO.",
    zego.Failure.BUSY: "The rate of the whole app's calls.",
    zego.Failure.LOCKED: "The rate of the calls for one UserId or one room; the app's other calls are not concerned.",
    zego.Failure.TRANSIENT: "Nothing: trying again is enough.",
    zego.Failure.GONE: "Nothing: for a stop and a query this is an answer and no failure.",
    zego.Failure.NOT_OWNER: "Who runs the task or stream: it is another user's.",
    zego.Failure.ROOM: "Who and what is in the room: something is missing, or too much.",
    zego.Failure.PROGRAM: "The operator, or what stands between it and ZEGO: the request was of no use.",
    zego.Failure.UNKNOWN: "Nobody knows: the code is not documented.",
}
_UNDOCUMENTED = zego.classify(-1)

_INTRODUCTION = """ZEGO answers every call with a code. 0 is success; the others that its documents name are below. The
operator writes the code of a failed call into `status.retry.code` of the AutoMix, with ZEGO's message and request id
beside it, and the reason into the conditions."""
_CLASSES = """The class says what must change before the same call can succeed, and with that whether the operator tries
again. While an object is being deleted, its stop is tried again whatever ZEGO says."""
_NO_ANSWER = """A call without a usable answer, such as one that timed out or that a proxy answered, has no code. Its
reason is {reason}, and it is tried again."""
_CODES = """Fields have ZEGO's names here; in the spec they begin with a small letter. Where the advice is to retry, the
operator does so by itself."""


def codes_page() -> str:
    """Return the page."""
    rows = [zego.CODES[number] for number in sorted(zego.CODES)]
    unreachable = failure_of(zego.ZegoUnreachable("", "", may_have_had_effect=True))
    return page(
        "# ZEGO's return codes",
        paragraph(_INTRODUCTION),
        "## Classes",
        paragraph(_CLASSES),
        table(
            ("Class", "What must change", "Reason", "Tried again"),
            [_class_row(failure) for failure in zego.Failure],
        ),
        paragraph(_NO_ANSWER.format(reason=_reason(unreachable))),
        "## Codes",
        paragraph(_CODES),
        table(
            ("Code", "Meaning", "Class", "Reason", "Tried again", "What to do"),
            [_code_row(str(row.code), row) for row in rows] + [_code_row("any other", _UNDOCUMENTED)],
        ),
    )


def _class_row(failure: zego.Failure) -> list[str]:
    seen = _seen(next((row for row in zego.CODES.values() if row.failure is failure), _UNDOCUMENTED))
    again = "yes, after growing waits"
    if seen.terminal:
        again = "no: when the spec changes, or an annotation asks"
    elif seen.of_the_app:
        again = "with the app, which is checked again and wakes its mixes"
    return [code(failure), prose(_MUST_CHANGE[failure]), _reason(seen), again]


def _code_row(number: str, row: zego.ReturnCode) -> list[str]:
    seen = _seen(row)
    again = "no" if seen.terminal else "with the app" if seen.of_the_app else "yes"
    return [number, prose(row.meaning), code(row.failure), _reason(seen), again, prose(row.advice)]


def _seen(row: zego.ReturnCode) -> Failure:
    """Return what an object sees of a code."""
    return failure_of(zego.ZegoRefused("StartAutoMix", row, message="", request_id="", retry_after=None))


def _reason(seen: Failure) -> str:
    return link(code(seen.reason), "automix.md" + anchor(seen.reason))
