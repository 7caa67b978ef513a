"""Every version of every AutoMix that a cluster ever stored, before all judges at once."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from support.argocd import shown_otherwise
from support.canaries import Needles, needles
from support.cluster import Cluster
from support.invariants import History
from support.kstatus import judged_otherwise


@contextmanager
def judged(cluster: Cluster, secrets: Callable[[], Needles] = needles) -> Iterator[History]:
    """Watch a cluster: at the end each kept the rules, told no secret, and was to all judges what the table says."""
    history = History(cluster)
    history.start()
    try:
        yield history
        history.catch_up()
    finally:
        history.stop()
    assert history.broken == []
    assert list(judged_otherwise(history.versions)) == []
    assert shown_otherwise(history.versions) == []
    assert secrets().found(json.dumps(history.versions)) == []
