"""Growth is told with how sure it is."""

import math

import pytest

from benchmarks.soak import Sample, page, slope


def test_a_straight_line_has_its_slope_and_no_error() -> None:
    growth = slope([Sample(at, 1000 + 3 * at) for at in range(100)])

    assert growth.rate == pytest.approx(3)
    assert growth.error == pytest.approx(0, abs=1e-6)


def test_noise_without_growth_is_no_growth_within_the_error() -> None:
    growth = slope([Sample(at, 1000 + (-1) ** at * 50) for at in range(100)])

    assert abs(growth.rate) < growth.error < 1


@pytest.mark.parametrize("length", [3, 10, 30])
def test_waves_without_growth_are_no_growth_within_the_error(length: float) -> None:
    growth = slope([Sample(at, round(1000 + 50 * math.sin(at / length))) for at in range(600)])

    assert abs(growth.rate) < growth.error < 1


def test_more_samples_of_the_same_noise_make_no_less_sure() -> None:
    few, many = (
        slope([Sample(at / each, 1000 + (at // each % 7) * 10) for at in range(480 * each)]).error for each in (1, 10)
    )

    assert many == pytest.approx(few, rel=0.1)


def test_what_came_before_the_caches_were_full_does_not_count() -> None:
    samples = [Sample(at, 2**20 * min(at, 20)) for at in range(100)]

    assert "| growth after the first fifth | 0 KiB an hour, ± 0 (95 %) |" in page(10, 100, samples)
