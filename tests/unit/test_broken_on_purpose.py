"""The list of what is broken on purpose names lines that are there."""

import pytest

from broken_on_purpose import BREAKS, REPOSITORY, Break


@pytest.mark.parametrize("broken", BREAKS, ids=lambda broken: str(broken.what))
def test_what_is_to_be_broken_is_there(broken: Break) -> None:
    text = (REPOSITORY / "operator" / "automix" / broken.module).read_text(encoding="utf-8")

    assert broken.right in text
    assert (REPOSITORY / broken.tests.partition("::")[0]).exists()
