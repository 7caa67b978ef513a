"""The simulator's switches. Each chooses a reading where ZEGO's documents are silent; the default is the strictest."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class SimulatorSettings:
    """Choose how the simulator reads what ZEGO leaves open.

    Attributes:
        play_domain: Domain of the play addresses of outputs that go to a CDN.
        idle_seconds: A mix ends so long after its room's last stream left or the room ended (ZEGO: client API
            reference, startAutoMixerTask: 90 seconds). Demos may shorten it.
        calls_per_second: Overrides of the documented rate limits, by Action.
        check_host: Refuse a Host header that is not one of ZEGO's.
        refuse_stale_sequence: Answer 110200002 to a stale Sequence, instead of Code 0 without executing it.
        stop_unknown_succeeds: Answer 0 to StopAutoMix of a task that does not run, instead of 110209001.
        log_size: How many calls and how many breaches are kept, the oldest go first.
    """

    play_domain: str = "play.example"
    idle_seconds: float = 90
    calls_per_second: Mapping[str, int] = field(default_factory=dict)
    check_host: bool = False
    refuse_stale_sequence: bool = False
    stop_unknown_succeeds: bool = False
    log_size: int = 100_000
