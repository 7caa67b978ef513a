"""What the tables of the planner are about, and an action in their words."""

from automix.api.automix import AutoMix, DeletionPolicy, RestartPolicy, UpdatePolicy
from automix.core.actions import Action, Adopt, Claim, Nothing, Observe, Release, Update, Wait
from automix.core.claim import Claim as ClaimMark
from automix.core.facts import AppFacts
from automix.core.fingerprints import audible
from automix.core.states import Reason
from automix.core.status import status_after
from builders import NOW, STARTED, Fields, a_retry, a_spec, at

PLAIN = audible(a_spec())
"""What a claim says of the usual spec."""
LOUDER = a_spec(mix_output=({"stream_id": "mix-1", "audio_bitrate": 96000},))
RENAMED = a_spec(user_data="second title")
SUSPENDED = a_spec(suspend=True)
MANUAL = a_spec(mix_output=({"stream_id": "mix-1", "audio_bitrate": 96000},), update_policy=UpdatePolicy.MANUAL)
NEVER = a_spec(restart_policy=RestartPolicy.NEVER)
ORPHAN = a_spec(deletion_policy=DeletionPolicy.ORPHAN)
ENDED: Fields = {"start_time": None, "outputs": ()}
RIVAL = "AutoMix other/mix"
BROKEN = AppFacts(problem=Reason.CREDENTIALS_REJECTED, message="ZegoApp a cannot be used: wrong secret")
BLIND = AppFacts(sees_mixes=False)
LEAVING: Fields = {"deletion_timestamp": at(-1), "generation": 2}
WAITS: Fields = {"retry": a_retry()}
REFUSED: Fields = {"retry": a_retry(Reason.INVALID_SPEC, next_attempt_time=None)}
FIRST_START = ClaimMark(spec=PLAIN, time=NOW - 6)
OF_ANOTHER_CAUSE = ClaimMark(spec="of another spec", time=NOW - 6)
REPLACING = ClaimMark(spec=audible(LOUDER), replace=True, sequence=int(STARTED), time=NOW - 6)


def in_state(reason: Reason, mix: AutoMix) -> AutoMix:
    """Return an object whose last pass ended in a state; what it had failed with is still waited for."""
    status = status_after(mix, Nothing(reason), NOW).model_copy(update={"retry": mix.status.retry})
    return mix.model_copy(update={"status": status})


def gist(action: Action) -> str:
    """Return an action in the words of the tables: its name, and what matters of it beside the text for people."""
    name = type(action).__name__
    match action:
        case Claim(then):
            return f"Claim, then {type(then).__name__}" if then is not None else "Claim"
        case Update(fields):
            return f"Update {', '.join(fields)}"
        case Observe(needed):
            return "Observe, needed" if needed else "Observe"
        case Adopt(taken_over):
            return "Adopt, taken over" if taken_over else "Adopt, there before"
        case Release(orphaning):
            return "Release, orphaning" if orphaning else "Release"
        case Wait(_, reason) | Nothing(reason):
            return f"{name} {reason}" if reason else name
        case _:
            return name
