"""Who started what runs: judged by when it began, which is all that ZEGO tells of it (ZEGO: GetMixTaskInfo)."""

from automix.core.facts import Facts

# MixDuration is in whole seconds, and ZEGO's clock is known to half a second on either side.
CLOCK_SLACK_SECONDS = 1.5
# The same for a record of another process, whose Sequence was in whole seconds and whose clock was another: only what
# is surely someone else's is called so.
_RECORD_SLACK_SECONDS = 5.0
# From a claim to the effect of its calls, with plenty to spare: the client gives each up after 10 s.
CALL_SECONDS = 60.0
# A second take-over within this time: someone else insists.
_TAKEN_AGAIN_SECONDS = 3600.0


def began_under_the_claim(facts: Facts) -> bool:
    """Whether what runs began when the claim's calls were made, neither before the first nor long after the last.

    Without a MixDuration, or a claim that has a time, nobody can tell, and it counts as ours.
    """
    if facts.claim is None or not facts.claim.time or facts.age is None:
        return True
    began = facts.running_since - facts.clock_moved
    return facts.claim.time - _RECORD_SLACK_SECONDS <= began <= facts.claim.last_written + CALL_SECONDS


def was_there_before(facts: Facts) -> bool:
    """Whether what runs began before the claim, so that our start met a mix of someone else's.

    That of the last look was judged then, and whatever ZEGO's clock says by now it is no other one.
    """
    if facts.claim is None or facts.age is None or facts.adopted:
        return False
    if facts.last_age is not None and facts.age >= facts.last_age:
        return False
    # Only a step back of the clock makes what runs look older; a machine that slept seems to see one ahead.
    return facts.running_since - min(facts.clock_moved, 0.0) < facts.claim.time - _RECORD_SLACK_SECONDS


def was_taken_over(facts: Facts) -> bool:
    """Whether what runs was started anew after our last call.

    Between two looks its age must have fallen: an age that only stands still, as one that leaves out idle time would,
    is no sign. At the first look of a process there is only the record to go by.
    """
    start = facts.mix.status.start_time
    if start is None or facts.age is None:
        return False
    if facts.last_age is not None:
        return facts.age < facts.last_age - CLOCK_SLACK_SECONDS
    last_call = max(start.timestamp(), facts.mix.status.sequence)
    return not facts.called and facts.running_since > last_call + _RECORD_SLACK_SECONDS


def insists(facts: Facts) -> bool:
    """Whether this is the second take-over within an hour."""
    last = facts.mix.status.taken_over_time
    return last is not None and abs(facts.now - last.timestamp()) < _TAKEN_AGAIN_SECONDS
