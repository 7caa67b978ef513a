"""Who waits for a turn, and who is next."""

from collections import Counter

import pytest

from automix.engine.line import Line, Priority

Key = tuple[str, str]


def a_line(*waiting: tuple[str, Priority]) -> Line[Key]:
    """Return a line in which these wait, each given as namespace/name, one second after the other."""
    line = Line[Key](lambda key: key[0])
    for second, (key, priority) in enumerate(waiting):
        line.join(_key(key), priority, second)
    return line


def served(line: Line[Key]) -> list[str]:
    """Return all that wait, in the order of their turns."""
    return ["/".join(line.pop()) for _ in range(len(line))]


def _key(key: str) -> Key:
    namespace, _, name = key.partition("/")
    return namespace, name


def test_the_urgent_go_first() -> None:
    line = a_line(*((f"a/{priority.name}", priority) for priority in reversed(Priority)))

    assert served(line) == ["a/STOP", "a/CHANGE", "a/START", "a/RETRY", "a/LOOK"]


def test_namespaces_go_by_turns_and_each_in_order_of_arrival() -> None:
    crowd = [(f"crowd/{number}", Priority.START) for number in range(4)]
    line = a_line(*crowd, ("one/a", Priority.START), ("two/a", Priority.START), ("one/b", Priority.START))

    assert served(line) == ["crowd/0", "one/a", "two/a", "crowd/1", "one/b", "crowd/2", "crowd/3"]


def test_a_namespace_that_was_just_served_waits_for_the_others() -> None:
    line = a_line(("a/1", Priority.START), ("b/1", Priority.START), ("b/2", Priority.START))
    assert "/".join(line.pop()) == "a/1"
    line.join(_key("a/2"), Priority.START, 9)

    assert served(line) == ["b/1", "a/2", "b/2"]


def test_every_tenth_turn_is_of_who_has_waited_longest() -> None:
    line = a_line(("a/look", Priority.LOOK), *((f"a/{number}", Priority.CHANGE) for number in range(20)))

    assert served(line).index("a/look") == 9


def test_however_many_urgent_ones_arrive_nobody_waits_for_ever() -> None:
    line = a_line(*((f"a/look {number}", Priority.LOOK) for number in range(5)))
    for number in range(50):
        line.join(("b", str(number)), Priority.CHANGE, number)
    turns = Counter(line.pop()[0] for _ in range(50))

    assert turns == {"a": 5, "b": 45}


def test_who_asks_again_keeps_its_time_and_the_higher_priority() -> None:
    line = a_line(("a/1", Priority.START), ("a/2", Priority.START), ("a/2", Priority.STOP), ("a/2", Priority.LOOK))

    assert (len(line), line.waited(10)) == (2, 10)
    assert served(line) == ["a/2", "a/1"]


def test_who_leaves_is_not_served() -> None:
    line = a_line(("a/1", Priority.START), ("a/2", Priority.START), ("b/1", Priority.LOOK))
    line.leave(_key("a/1"))
    line.leave(_key("a/1"))
    line.leave(_key("c/1"))

    assert line.waited(10) == 9
    assert served(line) == ["a/2", "b/1"]


def test_nobody_waits() -> None:
    line = a_line()

    assert (len(line), line.waited(10)) == (0, 0)
    with pytest.raises(IndexError, match="nobody waits"):
        line.pop()
