"""What a process remembers of an object between its passes."""

from dataclasses import dataclass

from automix.api.automix import AutoMixStatus


@dataclass(slots=True)
class Memory:
    """What this process remembers of an object, beside what the API server stores."""

    uid: str
    looked_at: float
    sent: tuple[int, float] = (0, float("-inf"))
    """The last Sequence that this process sent, 0 for none, and when by our clock."""
    failed_looks: int = 0
    """How many looks in a row were in vain, where nothing waited for what they would have shown."""
    counted_on: bool = False
    """Whether the Sequences that an earlier process may have sent are reckoned with."""
    stop_accepted: bool = False
    """Whether ZEGO accepted a Stop of what is being deleted, and it was not yet seen to be in vain."""
    settled: bool = False
    """Whether this process brought the object to rest once."""
    unsaved: AutoMixStatus | None = None
    """The record, where what the API server stores is older."""
    last_age: float | None = None
    """The MixDuration at the last look that was answered in time, if no call of ours came after it."""
    claim: tuple[float, float] | None = None
    """The time of the claim that this process wrote, by ZEGO's clock, and ours at that moment."""
    called: bool = False
    """Whether this process made the last call that changed the mix."""
    failed_with: int | None = None
    """The app's revision when the call failed that is waited out; None where none is."""
    held: bool = False
    """Whether this process saw our finalizer on it."""
    released: bool = False
    """Whether we let the object go: its end is no surprise then."""
    reported: bool = False
    """Whether it was told of as an orphan."""
    leaving_since: float = 0.0
    """When this process first saw the object on its way out, in Unix seconds; 0 if it did not."""
