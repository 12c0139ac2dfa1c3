"""The page on real life says what the state does, and the tables say it, too."""

import pytest

from tests.serving.real_life.lives import lives
from tests.serving.real_life.page import PAGE, page
from tests.serving.real_life.told import RIGHT_AFTER, Told, tell


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    """Every life; the tables are written right after its event alone, as each export takes a second."""
    return tell(lives(), tmp_path_factory.mktemp("shop"), of_tables=(RIGHT_AFTER,))


def test_state_and_tables_say_the_same_after_every_kind_of_correction(told: Told) -> None:
    differing = {each.life.title: each.differing for each in told.lives}

    assert differing == {each.title: [] for each in lives()}
    assert len(told.names) > 40


def test_the_page_says_what_the_state_does(told: Told) -> None:
    assert PAGE.read_text() == page(told), "python -m tests.serving.real_life writes the page"
