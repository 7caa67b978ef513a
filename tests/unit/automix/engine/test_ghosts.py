"""What is left to do for an object that vanished."""

import pytest

from automix.api.meta import FINALIZER
from automix.engine.ghosts import Nowhere, ghost_of
from builders import NOW, a_running_automix, at, running_status
from unit.automix.core.plans import ORPHAN


def test_a_ghost_is_on_its_way_out_and_held_by_us() -> None:
    mix = a_running_automix(finalizers=())
    ghost = ghost_of(mix, NOW)

    assert ghost is not None
    assert ghost.metadata.deletion_timestamp == at(0)
    assert ghost.metadata.finalizers == (FINALIZER,)
    assert ghost.metadata.vanished
    assert (ghost.metadata.name, ghost.metadata.uid) == (mix.metadata.name, mix.metadata.uid)
    assert ghost.key != mix.key, "one that is made anew under its name is another"
    assert (ghost.spec, ghost.status) == (mix.spec, mix.status)


def test_a_mix_that_was_to_run_on_has_none() -> None:
    assert ghost_of(a_running_automix(ORPHAN), NOW) is None


async def test_a_ghost_is_stored_nowhere() -> None:
    ghost = a_running_automix()
    store, status = Nowhere(ghost), running_status(ghost.spec, sequence=7)

    assert await store.read_mix(ghost.metadata) is ghost
    await store.release(ghost.metadata)
    assert await store.read_mix(ghost.metadata) is ghost
    assert (await store.write_mix_status(ghost.metadata, status)).status == status


async def test_a_ghost_is_never_claimed() -> None:
    ghost = a_running_automix()

    with pytest.raises(AssertionError, match="a ghost was to be claimed"):
        await Nowhere(ghost).claim(ghost.metadata, "{}")
