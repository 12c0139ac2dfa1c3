import asyncio
from dataclasses import dataclass, replace

import pytest

from features.online_state.records import StateAbout
from serving.state import following
from serving.state.following import follow
from serving.state.home import name_of
from tests.serving.served_shop import served_shop


@dataclass
class Store:
    """A store that moves to ``after`` once it was woken as often as ``wakes``; None: never."""

    about: StateAbout | None
    after: StateAbout | None
    wakes: int | None = 1
    woken: int = 0

    def wake(self) -> None:
        self.woken += 1
        if self.woken == self.wakes:
            self.about = self.after


def followed(store: Store, name: str) -> Store:
    asyncio.run(follow(store, name))  # type: ignore[arg-type]  # what it needs of a store
    return store


def test_what_was_written_is_read_after_the_state_of_a_new_run_has_taken_over() -> None:
    before = served_shop().about
    after = replace(before, seed="0" * 64)

    assert followed(Store(before, after, wakes=3), name_of(after)).about == after


def test_nobody_waits_where_the_state_is_read_already_or_none_can_be_read() -> None:
    about = served_shop().about

    assert followed(Store(about, None), name_of(about)).woken == 0
    assert followed(Store(None, None), name_of(about)).woken == 0


def test_an_answer_does_not_wait_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "LONGEST_SECONDS", 0.05)

    assert followed(Store(served_shop().about, None, wakes=None), "another").woken > 1
