"""The page has a row for each way to end, with least, median and most of both times."""

from benchmarks.failover import Trial, page


def test_each_way_to_end_has_a_row_of_its_own() -> None:
    trials = [
        Trial("killed", 14.0, 15.5),
        Trial("ended", 0.5, 1.5),
        Trial("killed", 13.0, 15.0),
        Trial("killed", 15.0, 19),
    ]

    rows = [line for line in page(trials, 0.5).splitlines() if line.startswith(("| killed", "| ended"))]

    assert rows == [
        "| killed | 3 | 13.0 / 14.0 / 15.0 | 15.0 / 15.5 / 19.0 |",
        "| ended | 1 | 0.5 / 0.5 / 0.5 | 1.5 / 1.5 / 1.5 |",
    ]
