"""`automix`, and `python -m automix`."""

from automix.garbage import collect_later


def main() -> None:
    """Load the commands, and carry one out."""
    collect_later()
    from automix.cli import main as command  # noqa: PLC0415 -- what is to be loaded faster

    command()


if __name__ == "__main__":
    main()
