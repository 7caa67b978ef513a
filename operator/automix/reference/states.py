"""The conditions and reasons of the kinds, and the Events that tell of them."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime

from automix import zego
from automix.api.automix import AutoMixStatus
from automix.api.meta import Condition, ConditionType
from automix.core.actions import Replace, Start, Stop, Update
from automix.core.announcements import Announcement, announcement
from automix.core.app_status import APP_CONDITIONS, APP_STATES
from automix.core.states import CONDITIONS, EXPLANATIONS, STATES, VIEWS, Aspect, Reason, Row
from automix.engine.failures import failure_of
from automix.reference.markdown import anchor, bullets, code, link, paragraph, prose, table

_STATES = """The reason tells the states apart; all conditions carry the same one. The column kstatus is what Flux and
other tools with that library see, Argo CD the health that a health check for the kind has to give, as Argo CD has none
of its own, and the last one the type of the Event on entering the state. An object that is being deleted is Terminating
for kstatus, and one whose last change was not seen yet InProgress, whatever its reason. What each reason means is below
the table; which of ZEGO's codes gives which reason is in [return codes](return-codes.md)."""
_EVENTS = """A call that changed something is told as one of these Events. Otherwise a change of state is told, with the
reason and message of the state, and the type that the table of reasons gives."""
_CHECK = """An app is checked by a signed query that changes nothing. If that fails, `Ready` is `False` with one of
these reasons, which the page of AutoMix explains, and the app is checked again by itself:"""
_ELLIPSIS = "[…]"


def mix_states() -> Iterator[str]:
    """Yield the sections on an AutoMix's conditions, reasons and Events."""
    yield "## Conditions"
    yield _conditions(CONDITIONS)
    yield "## Reasons"
    yield paragraph(_STATES)
    yield table(
        ("Reason", "Ready", "Active", "Reconciling", "Stalled", "kstatus", "Argo CD", "Event"),
        [_state(reason, row) for reason, row in STATES.items()],
    )
    for reason, (meaning, advice) in EXPLANATIONS.items():
        yield f"### {reason}"
        yield paragraph(prose(meaning))
        yield paragraph(f"**What to do:** {prose(advice)}")
    yield "## Events"
    yield paragraph(_EVENTS)
    yield table(("Reason", "Type", "Message"), [(code(told.reason), told.type, told.note) for told in _events()])


def app_states() -> Iterator[str]:
    """Yield the sections on the conditions and reasons of both kinds of app."""
    yield "## Conditions"
    yield _conditions(APP_CONDITIONS)
    yield "## Reasons"
    yield table(
        ("Reason", "Condition", "Meaning", "What to do"),
        [
            (code(reason), code(f"{state.condition}={state.status}"), prose(state.meaning), prose(state.advice))
            for reason, state in APP_STATES.items()
        ],
    )
    yield paragraph(_CHECK)
    yield bullets(link(code(reason), "automix.md" + anchor(reason)) for reason in reasons_of_a_query())


def reasons_of_a_query() -> Iterable[Reason]:
    """Return the reasons that the failure of a call can give, in the order of the table of states."""
    refusals = (zego.ZegoRefused("", row, message="", request_id="", retry_after=None) for row in zego.CODES.values())
    silence = zego.ZegoUnreachable("", "", may_have_had_effect=False)
    possible = {failure_of(error).reason for error in (*refusals, silence)}
    return [reason for reason in Reason if reason in possible]


def _conditions(aspects: Mapping[ConditionType, Aspect]) -> str:
    rows = [(code(kind), prose(aspect.true), prose(aspect.otherwise)) for kind, aspect in aspects.items()]
    return table(("Type", "When True", "Otherwise"), rows)


def _state(reason: Reason, row: Row) -> list[str]:
    return [
        link(code(reason), anchor(reason)),
        row.ready,
        row.active or "as last seen",
        "True" if row.reconciling else "",
        "True" if row.stalled else "",
        *VIEWS[reason],
        _entering(reason, row).type,
    ]


def _entering(reason: Reason, row: Row) -> Announcement:
    epoch = datetime.fromtimestamp(0, UTC)
    ready = Condition(type=ConditionType.READY, status=row.ready, last_transition_time=epoch, reason=reason, message="")
    told = announcement((), AutoMixStatus(), AutoMixStatus(conditions=(ready,)))
    if told is None:
        raise AssertionError("a new state is told")
    return told


def _events() -> Iterator[Announcement]:
    for effect in (Start(_ELLIPSIS), Update((_ELLIPSIS,)), Replace(_ELLIPSIS), Stop()):
        told = announcement((effect,), AutoMixStatus(), AutoMixStatus())
        if told is not None:
            yield told
