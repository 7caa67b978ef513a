"""What happened, as sentences; a failing example ends with them."""

from hypothesis import currently_in_test_context, note


class Violation(AssertionError):
    """Report that an invariant does not hold."""


class Story:
    """Collects sentences and what was wrong."""

    def __init__(self) -> None:
        self.sentences: list[str] = []
        self.wrong: list[str] = []

    def tell(self, sentence: str) -> None:
        """Add a sentence: what people, the world or the operator did."""
        self.sentences.append(sentence)
        if currently_in_test_context():
            note(sentence)

    def accuse(self, what: str) -> None:
        """Add a violation, to be raised where the machine can raise it."""
        self.wrong.append(what)
        self.tell(f"WRONG: {what}")

    def check(self) -> None:
        """Raise Violation if there was one."""
        if self.wrong:
            raise Violation("\n".join(self.wrong))
