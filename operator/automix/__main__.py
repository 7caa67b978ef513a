"""`python -m automix`."""

from automix.cli import main

main()
