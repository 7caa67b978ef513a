"""One process of several holds the Lease, by the real API server; time is the test's."""

import asyncio
from collections.abc import AsyncIterator, Callable
from itertools import count
from pathlib import Path

import pytest

from automix.kube.client import Json, KubeClient
from automix.kube.lease import Lease, LeaseLost, LeaseTimes, lease_path
from support.cluster import Cluster
from support.world import MERGE

TIMES = LeaseTimes(15)
_NUMBERS = count(1)


class Clock:
    """Unix seconds that pass when told to."""

    def __init__(self) -> None:
        self.now = 1_790_000_000.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


class Candidate:
    """A process that wants the Lease, its clock, and what becomes of its way to the API server."""

    def __init__(self, client: KubeClient, path: str, name: str) -> None:
        self.clock = Clock()
        self.clock.now += next(_NUMBERS) * 1000  # no two clocks agree
        self.lease = Lease(client, path, name, TIMES, self.clock)

    async def tries(self) -> bool:
        """Try once; return whether the Lease was had."""
        return await self.lease._try()  # noqa: SLF001 -- what its loops do, a step at a time


@pytest.fixture
def path() -> str:
    """A Lease of its own."""
    return lease_path("automix-system", f"lease-{next(_NUMBERS)}")


@pytest.fixture
async def candidate(cluster: Cluster, path: str, tmp_path: Path) -> AsyncIterator[Callable[[str], Candidate]]:
    """Makes candidates by their names."""
    cluster.plane.write_kubeconfig(tmp_path / "kubeconfig")
    client = await KubeClient.connect(str(tmp_path / "kubeconfig"))
    yield lambda name: Candidate(client, path, name)
    await client.close()


async def holder_and_other(candidate: Callable[[str], Candidate]) -> tuple[Candidate, Candidate]:
    """Return one that has the Lease, and another that has seen it so."""
    one, other = candidate("one"), candidate("other")
    await one.tries()
    await other.tries()
    return one, other


def stored(cluster: Cluster, path: str) -> Json:
    """Return what the Lease says."""
    spec: Json = cluster.ask("GET", path)["spec"]
    return spec


async def test_the_first_makes_it_and_the_others_wait(
    candidate: Callable[[str], Candidate], cluster: Cluster, path: str
) -> None:
    one, other = candidate("one"), candidate("other")

    assert not one.lease.held
    assert [await one.tries(), await other.tries()] == [True, False]
    assert [one.lease.held, other.lease.held] == [True, False]
    spec = stored(cluster, path)
    assert (spec["holderIdentity"], spec["leaseDurationSeconds"], spec["leaseTransitions"]) == ("one", 15, 0)


async def test_who_does_not_renew_may_act_no_more_before_another_may(candidate: Callable[[str], Candidate]) -> None:
    one, other = await holder_and_other(candidate)
    for passed in range(1, 16):
        one.clock.now += 1
        other.clock.now += 1
        assert one.lease.held is (passed < 10)
        assert await other.tries() is (passed == 15)
    assert other.lease.held


async def test_who_renews_keeps_it(candidate: Callable[[str], Candidate], cluster: Cluster, path: str) -> None:
    one, other = candidate("one"), candidate("other")
    await one.tries()
    acquired = stored(cluster, path)["acquireTime"]
    for _ in range(10):
        one.clock.now += 2
        other.clock.now += 2
        assert await one.tries()
        assert not await other.tries()
    assert stored(cluster, path)["acquireTime"] == acquired


async def test_what_was_released_is_taken_at_once(
    candidate: Callable[[str], Candidate], cluster: Cluster, path: str
) -> None:
    one, other = await holder_and_other(candidate)
    await one.lease.release()

    assert not one.lease.held
    assert await other.tries()
    assert stored(cluster, path)["leaseTransitions"] == 1
    assert other.lease.handed_over
    assert await other.tries()
    assert other.lease.handed_over


async def test_it_is_given_up_though_somebody_wrote_to_it_meanwhile(
    candidate: Callable[[str], Candidate], cluster: Cluster, path: str
) -> None:
    one, other = await holder_and_other(candidate)
    cluster.ask("PATCH", path, {"metadata": {"labels": {"team": "audio"}}}, MERGE)
    await one.lease.release()

    assert await other.tries()
    assert other.lease.handed_over


async def test_one_that_another_has_by_now_is_not_given_up(
    candidate: Callable[[str], Candidate], cluster: Cluster, path: str
) -> None:
    one, other = await holder_and_other(candidate)
    other.clock.now += 15
    assert await other.tries()
    assert one.lease.held
    await one.lease.release()

    assert stored(cluster, path)["holderIdentity"] == "other"


async def test_one_whose_holder_a_person_took_out_was_not_handed_over(
    candidate: Callable[[str], Candidate], cluster: Cluster, path: str
) -> None:
    _, other = await holder_and_other(candidate)
    cluster.ask("PATCH", path, {"spec": {"holderIdentity": ""}}, MERGE)

    assert await other.tries()
    assert not other.lease.handed_over


async def test_what_was_never_given_up_was_not_handed_over(candidate: Callable[[str], Candidate]) -> None:
    one, other = await holder_and_other(candidate)
    other.clock.now += 15
    again = candidate("one")

    assert [await again.tries(), await other.tries()] == [True, False]
    other.clock.now += 15
    assert await other.tries()
    assert [each.lease.handed_over for each in (one, again, other)] == [False, False, False]


async def test_of_two_that_take_it_at_once_one_has_it(candidate: Callable[[str], Candidate]) -> None:
    one, other, third = candidate("one"), candidate("other"), candidate("third")
    await one.tries()
    await other.tries()
    await third.tries()
    for each in (one, other, third):
        each.clock.now += 15

    assert sorted(await asyncio.gather(other.tries(), third.tries())) == [False, True]


async def test_who_was_stopped_for_a_minute_finds_that_another_has_it(candidate: Callable[[str], Candidate]) -> None:
    one, other = await holder_and_other(candidate)
    for each in (one, other):
        each.clock.now += 60
    assert not one.lease.held
    await other.tries()

    assert not await one.tries()
    assert not one.lease.held
    with pytest.raises(LeaseLost):
        await one.lease.keep()


async def test_a_process_that_was_started_again_under_its_name_goes_on(candidate: Callable[[str], Candidate]) -> None:
    await candidate("one").tries()

    assert await candidate("one").tries()


async def test_who_never_had_it_releases_nothing(
    candidate: Callable[[str], Candidate], cluster: Cluster, path: str
) -> None:
    _, other = await holder_and_other(candidate)
    await other.lease.release()

    assert stored(cluster, path)["holderIdentity"] == "one"


async def test_one_that_a_person_deleted_is_made_anew_by_its_holder_and_by_nobody_before(
    candidate: Callable[[str], Candidate], cluster: Cluster, path: str
) -> None:
    one, other = await holder_and_other(candidate)
    cluster.ask("DELETE", path)

    assert not await other.tries()
    assert not await one.tries()
    assert one.lease.held
    assert await one.tries()
    assert not await other.tries()
    spec = stored(cluster, path)
    assert (spec["holderIdentity"], spec["leaseTransitions"]) == ("one", 0)


async def test_one_that_a_person_deleted_is_made_by_another_once_it_would_have_ended(
    candidate: Callable[[str], Candidate], cluster: Cluster, path: str
) -> None:
    _, other = await holder_and_other(candidate)
    cluster.ask("DELETE", path)
    had = []
    for _ in range(15):
        other.clock.now += 1
        had.append(await other.tries())

    assert had == [False] * 14 + [True]
    assert stored(cluster, path)["leaseTransitions"] == 1
