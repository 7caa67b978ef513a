"""The demo's table of what ZEGO runs."""

from automix_devkit.demo.zego import Mix, table


def test_a_mix_is_a_row_under_its_headings() -> None:
    mix = Mix("lobby-task", "lobby", sequence=7, started=0.0, bitrates=(48000, 96000), user_data="on air")
    assert table([mix]).splitlines() == [
        "TASK         ROOM    SEQUENCE   STARTED     BITRATES      USERDATA",
        "lobby-task   lobby   7          00:00:00Z   48000,96000   on air",
    ]


def test_an_empty_table_says_so() -> None:
    assert table([]) == "No mix runs."
