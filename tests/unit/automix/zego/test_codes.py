"""The table of return codes is complete, and each row of use."""

import re
from dataclasses import FrozenInstanceError

import pytest

from automix.zego.codes import CODES, Failure, classify

GATEWAY = [*range(100000000, 100000018)]
MIXING = [
    *range(110200001, 110200009),
    *range(110200012, 110200016),
    *range(110200140, 110200143),
    *(110200150, 110200151, 110200152, 110200153, 110200154, 110200155, 110200156, 110200157, 110200158, 110200159),
    *(110200160, 110200161, 110200170, 110200171, 110200172, 110200175, 110200176, 110200177, 110200178, 110200179),
    *(110200184, 110200185, 110200190, 110200191, 110200194, 110200197, 110209001, 110240002),
]
ROOM = [
    *(1, 2, 3, 8, 9, 104, 5024, 50001, 105, 50003, 121, 122, 123, 124, 138, 151, 154, 5201, 5202, 50013, 206, 207),
    *(1012, 5018, 50011, 50012, 50123, 50124),
]
MEDIA_SERVICE = [1010, 5007, 30002, 3002, 5003, 40005, 30004, 30005, 30009, 41003, 41004, 41006]
MEDIA_FILES = [6, 7]


def test_the_table_has_every_documented_code_and_no_other() -> None:
    assert sorted(CODES) == sorted(GATEWAY + MIXING + ROOM + MEDIA_SERVICE + MEDIA_FILES)


@pytest.mark.parametrize(
    ("failure", "codes"),
    [
        (Failure.SPEC, [110200002, 110200172, 110200176, 110200178]),
        (Failure.CREDENTIALS, [100000005, 100000010, 110200003]),
        (Failure.ACCOUNT, [100000011, 100000016, 100000017, 110200157]),
        (Failure.BUSY, [6, 206, 1010, 5007, 30002, 110200190, 110200191, 110200194]),
        (Failure.LOCKED, [207, 110200005, 110200006]),
        (Failure.TRANSIENT, [100000004, 110200001, 110200007, 110200151, 110200159]),
        (Failure.GONE, [110209001]),
        (Failure.NOT_OWNER, [110200013, 110200160]),
        (Failure.ROOM, [104, 5024, 50001, 110200140, 110200150, 110200158, 110200197]),
        (Failure.PROGRAM, [100000000, 100000002, 100000008, 100000009, 100000014]),
    ],
)
def test_codes_are_classified_by_what_must_change(failure: Failure, codes: list[int]) -> None:
    assert {code: classify(code).failure for code in codes} == dict.fromkeys(codes, failure)


def test_a_code_nobody_documents_is_unknown_and_keeps_its_number() -> None:
    row = classify(424242)

    assert (row.code, row.failure) == (424242, Failure.UNKNOWN)


def test_failures_have_the_names_that_metrics_show() -> None:
    assert [failure.value for failure in Failure] == [
        *("spec", "credentials", "account", "busy", "locked", "transient", "gone", "not_owner", "room", "program"),
        "unknown",
    ]


def test_a_row_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        setattr(CODES[1], "code", 2)  # noqa: B010 -- what mypy would not let pass


@pytest.mark.parametrize("code", [*CODES, 424242])
def test_every_advice_is_a_sentence(code: int) -> None:
    assert re.fullmatch(r"[A-Z].{10,}\.", classify(code).advice)
