"""ZEGO's return codes as one table: what a code means, which class of failure it is, what a person can do.

Source: ZEGO's "Global return codes" page, the StartAutoMix, StopAutoMix, StartMix and GetMixTaskInfo pages, and
100000012 from the page's 2022 edition; 110200152 is inferred from code 152 of the LiveRoom SDK, whose neighbours the
table continues. Code 0 is success and no row. Nothing here decides when to retry.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Failure(StrEnum):
    """Say what must change before the same call can succeed."""

    SPEC = "spec"  # what was asked for
    CREDENTIALS = "credentials"  # AppId or ServerSecret
    ACCOUNT = "account"  # what the app has been enabled for
    BUSY = "busy"  # the rate of the whole app's calls
    LOCKED = "locked"  # the rate of calls for one UserId or one room
    TRANSIENT = "transient"  # nothing: try again
    GONE = "gone"  # the task does not exist
    NOT_OWNER = "not_owner"  # the task, or stream, is another user's
    ROOM = "room"  # who or what is in the room
    PROGRAM = "program"  # this program: it built a request ZEGO cannot use
    UNKNOWN = "unknown"  # not documented


@dataclass(frozen=True, slots=True)
class ReturnCode:
    """Explain one return code; `advice` is a sentence for a platform engineer."""

    code: int
    meaning: str
    failure: Failure
    advice: str


_Row = tuple[int, str, str]

_RETRY = "Retry; if it persists, give ZEGO's support the request id."
_SLOW_DOWN = "Make fewer calls a second for this app, then retry."
_REPORT = "Report a bug with the request id: the program built a request ZEGO cannot use."
_SECRET = "Compare AppId and ServerSecret with the ZEGO console; a line break at the end of a secret is a common cause."  # noqa: S105 -- advice, not a secret
_SUPPORT = "Ask ZEGO's support to check the configuration of this app."
_INPUT = "Correct the input the message names."
_OUTPUT = "Correct the output the message names."
_OWNER = "Use the UserId that started it, or stop it there first."
_WAIT_ROOM = "Wait until someone has joined the room, and check RoomId."
_WAIT_STREAM = "Wait until the stream is published, and check its StreamId."

_ROWS: Mapping[Failure, tuple[_Row, ...]] = {
    Failure.SPEC: (
        (2, "a parameter is wrong", "Correct the parameter the message names."),
        (3, "a parameter is too long", "Shorten the parameter the message names, RoomId above all."),
        (30009, "StreamId is wrong", "Use only letters, digits, '-' and '_' in StreamId."),
        (110200002, "an input parameter is wrong", "Correct what the message names."),
        (
            110200004,
            "the parameters cannot be parsed",
            "Correct what the message names, or report a bug with the request id: the CRD should have refused it.",
        ),
        (110200141, "the image's protocol is not supported", "Use an image address ZEGO supports, or none."),
        (110200142, "the image cannot be fetched or is too large", "Use a reachable image of at most 1 MB, or none."),
        (110200153, "an input stream is wrong", _INPUT),
        (110200154, "an output stream is wrong", _OUTPUT),
        (110200155, "an input's format is wrong", _INPUT),
        (110200156, "an output's format is wrong", _OUTPUT),
        (110200161, "an output's width is out of range", "Use a width of 0 to 3000."),
        (110200170, "the watermark is wrong", "Correct the watermark, or leave it out."),
        (110200171, "the watermark is empty", "Give the watermark an image, or leave it out."),
        (110200172, "ExPara is wrong", "Correct ExPara, or leave it out: an ordinary mix needs none."),
        (110200175, "two inputs are the same", "Name each input once."),
        (110200176, "two outputs are the same", "Name each output once."),
        (110200177, "too many focus voices", "Mark at most 4 inputs as focus voices."),
        (110200178, "too many outputs", "Declare at most 3 outputs, or ask ZEGO's support for more."),
        (110200179, "the text watermark is wrong", "Correct the text watermark, or leave it out."),
        (
            110200184,
            "the start parameters cannot be parsed",
            "Correct what the message names, or report a bug with the request id: the CRD should have refused it.",
        ),
    ),
    Failure.CREDENTIALS: (
        (7, "authentication failed", _SECRET),
        (5003, "authentication failed", _SECRET),
        (30005, "AppId is wrong", _SECRET),
        (40005, "authentication failed", _SECRET),
        (100000001, "AppId has a wrong format", _SECRET),
        (100000005, "the signature is wrong", _SECRET),
        (100000010, "the ServerSecret was not found", _SECRET),
        (110200003, "authentication failed or expired", _SECRET),
        (110240002, "the token is illegal", _SECRET),
    ),
    Failure.ACCOUNT: (
        (9, "no permission for this API", "Ask ZEGO's support to enable this API for the app."),
        (30004, "IsTest is wrong", "Check whether the app is a test or a production one and set IsTest accordingly."),
        (100000011, "the app's configuration was not found", "Check AppId, then ask ZEGO's support."),
        (100000016, "the app is not configured for production", "Check IsTest: the app may have only a test setup."),
        (100000017, "the app does not have this service", _SUPPORT),
        (110200157, "mixing is not enabled", "Enable the mixing service in the ZEGO console and wait 3 minutes."),
    ),
    Failure.BUSY: (
        (6, "too many calls", _SLOW_DOWN),
        (206, "the app's rate limit was reached", _SLOW_DOWN),
        (1010, "too many calls", _SLOW_DOWN),
        (5007, "too many calls", _SLOW_DOWN),
        (30002, "too many calls", _SLOW_DOWN),
        (110200190, "too many start requests", _SLOW_DOWN),
        (110200191, "too many stop requests", _SLOW_DOWN),
        (110200194, "too many mix requests", _SLOW_DOWN),
    ),
    Failure.LOCKED: (
        (207, "the room's rate limit was reached", "Make fewer calls a second for this room, then retry."),
        (110200005, "the start lock was not obtained", "Start mixes of one UserId less often, then retry."),
        (110200006, "the stop lock was not obtained", "Stop mixes of one UserId less often, then retry."),
    ),
    Failure.TRANSIENT: (
        (1, "the call failed", _RETRY),
        (121, "ZEGO's storage failed", _RETRY),
        (122, "ZEGO's storage failed", _RETRY),
        (123, "ZEGO's storage failed", _RETRY),
        (124, "ZEGO's storage failed", _RETRY),
        (138, "a list could not be read", _RETRY),
        (151, "a list could not be read", _RETRY),
        (154, "the stream list could not be read", _RETRY),
        (3002, "the timestamp is wrong", "Retry; if it persists, set this machine's clock."),
        (5201, "a message could not be sent", _RETRY),
        (5202, "a message could not be sent", _RETRY),
        (50013, "a message could not be sent", _RETRY),
        (100000004, "the signature has expired", "Retry; if it persists, set this machine's clock (10 minutes count)."),
        (100000012, "the request body could not be read", _RETRY),
        (100000015, "internal error of ZEGO's gateway", _RETRY),
        (110200001, "the call failed", _RETRY),
        (110200007, "the update of the mix failed", _RETRY),
        (110200012, "the user's other mixes could not be closed", "Retry; give each task a UserId of its own."),
        (110200015, "the stop request could not be forwarded", _RETRY),
        (110200151, "the mix task failed", "Check that someone is in the room, then retry."),
        (110200152, "the mix could not be stopped", _RETRY),
        (110200159, "the mix could not be dispatched", _RETRY),
    ),
    Failure.GONE: ((110209001, "the mix task does not exist", "Start it if it is still wanted."),),
    Failure.NOT_OWNER: (
        (1012, "several users operate one stream", "Let one user operate the stream."),
        (110200013, "the mix's ownership could not be updated", _OWNER),
        (110200160, "the mix belongs to another user", _OWNER),
    ),
    Failure.ROOM: (
        (104, "the room does not exist", _WAIT_ROOM),
        (105, "the user does not exist", "Wait until the user has joined the room, and check UserId."),
        (5018, "the room does not exist or has been destroyed", _WAIT_ROOM),
        (5024, "the room does not exist", _WAIT_ROOM),
        (41003, "the stream or file is unknown", _WAIT_STREAM),
        (41004, "the stream is unknown", _WAIT_STREAM),
        (41006, "the stream is closed", _WAIT_STREAM),
        (50001, "the room does not exist", _WAIT_ROOM),
        (50003, "the user is not online", "Wait until the user has joined the room, and check UserId."),
        (
            110200140,
            "an output has the StreamId of an input",
            "Have nobody publish a stream under an output's StreamId.",
        ),
        (110200150, "an input stream does not exist", _WAIT_STREAM),
        (
            110200158,
            "too many input streams",
            "Have at most 9 publish in the room, or leave some out with ExtraMixInput.",
        ),
        (110200197, "the output could not be added to its room", _WAIT_ROOM),
    ),
    Failure.PROGRAM: (
        (8, "the request could not be decoded", _REPORT),
        (50011, "the user list is too long", _REPORT),
        (50012, "the message is too long", _REPORT),
        (50123, "too many ban rules", _REPORT),
        (50124, "the ban rule does not exist", _REPORT),
        (100000000, "the Host header is wrong", "Check the endpoint, and any proxy that rewrites the Host header."),
        (100000002, "Timestamp is empty", _REPORT),
        (100000003, "Timestamp is malformed", _REPORT),
        (100000006, "Action is empty", _REPORT),
        (100000007, "the Action is not supported", "Check that the endpoint is that of ZEGO's RTC server API."),
        (100000008, "SignatureNonce is empty", _REPORT),
        (100000009, "Signature is empty", _REPORT),
        (100000013, "SignatureVersion is empty", _REPORT),
        (100000014, "SignatureVersion is not 2.0", _REPORT),
        (110200008, "the start request could not be converted", _REPORT),
        (110200014, "the stop request could not be converted", _REPORT),
        (110200185, "the stop parameters cannot be parsed", _REPORT),
    ),
}


def _return_codes() -> Iterator[ReturnCode]:
    for failure, rows in _ROWS.items():
        for code, meaning, advice in rows:
            yield ReturnCode(code, meaning, failure, advice)


CODES: Mapping[int, ReturnCode] = MappingProxyType({row.code: row for row in _return_codes()})


def classify(code: int) -> ReturnCode:
    """Return the table's row for a code, or an UNKNOWN one."""
    return CODES.get(code) or ReturnCode(
        code, "not a documented code", Failure.UNKNOWN, "Look the code up on ZEGO's return codes page and report it."
    )
