"""The Sequence of the next call: it rises across crashes, lost records and restored backups without being stored."""


def next_sequence(last: int, now: float) -> int:
    """Return max(last + 1, now in whole seconds); ZEGO's clock, so that it fits 31 bits until 2038."""
    return max(last + 1, int(now))


def ready_at(last: int) -> int:
    """Return the second from which the next call's Sequence does not run ahead of the clock."""
    return last + 1


def ahead_of_the_clock(now: float) -> int:
    """Return the highest Sequence that a process which ended just before `now` may have sent without a record.

    A replace borrows a second: its stop has the current one and its start the next.
    """
    return int(now) + 1
