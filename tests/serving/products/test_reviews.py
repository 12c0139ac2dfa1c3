"""Reviews: every entry of an alert with its author is kept for good, also when several people write at once."""

import multiprocessing
import sqlite3
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from data.times import now_us, table_time
from serving.products import fields
from serving.products.fields import FieldsError
from serving.products.reviews import ConflictError, ReviewChange, Reviews, ReviewsError, ReviewState

ALERT = ("a1", "P-1", "runs_small")


def change(state: str = "accepted", seen: int = 0, **more: str) -> ReviewChange:
    return fields.read(ReviewChange, {"state": state, "seen": str(seen), **more}.items())


def test_nobody_has_written_about_a_new_alert(reviews):
    assert reviews.of("a1") is None
    assert reviews.history("a1") == ()
    assert reviews.all() == {}


def test_a_change_is_kept_with_who_and_when(reviews):
    review = reviews.record(*ALERT, change("accepted", note="ask the mill"), "ann")

    assert (review.alert_id, review.product_id, review.kind) == ALERT
    assert (review.state, review.note, review.who, review.done_at) == (
        ReviewState.ACCEPTED,
        "ask the mill",
        "ann",
        None,
    )
    assert abs(table_time(now_us()) - review.at) < timedelta(minutes=1)
    assert reviews.of("a1") == reviews.all()["a1"] == review


def test_the_history_keeps_every_entry_in_order(reviews):
    first = reviews.record(*ALERT, change("accepted"), "ann")
    reviews.record(*ALERT, change("accepted", first.version, note="sent a mail"), "bob")
    done = reviews.record(*ALERT, change("done", first.version), "ann")
    reviews.record("a2", "P-2", "spike", change("done"), "ann")

    entries = reviews.history("a1")

    assert [(each.state_before, each.state, each.note, each.who) for each in entries] == [
        ("open", "accepted", "", "ann"),
        ("accepted", "accepted", "sent a mail", "bob"),
        ("accepted", "done", "", "ann"),
    ]
    assert done.done_at == entries[-1].at
    assert done.note == "sent a mail"


def test_a_note_leaves_state_and_version_alone(reviews):
    first = reviews.record(*ALERT, change("accepted"), "ann")

    noted = reviews.record(*ALERT, change("accepted", 0, note="late"), "bob")  # bob saw the state before ann's change

    assert (noted.state, noted.version, noted.who, noted.at) == (ReviewState.ACCEPTED, first.version, "ann", first.at)
    assert noted.note == "late"


def test_a_change_of_a_state_that_is_not_the_latest_is_a_conflict_and_not_written(reviews):
    current = reviews.record(*ALERT, change("done"), "ann")

    with pytest.raises(ConflictError) as raised:
        reviews.record(*ALERT, change("dismissed", 0, reason="no fault"), "bob")

    assert raised.value.current == current == reviews.of("a1")
    assert len(reviews.history("a1")) == 1
    assert reviews.record(*ALERT, change("dismissed", current.version, reason="no fault"), "bob").reason == "no fault"


def test_a_state_that_came_back_is_another_one(reviews):
    first = reviews.record(*ALERT, change("accepted"), "ann")
    again = reviews.record(*ALERT, change("open", first.version), "ann")
    reviews.record(*ALERT, change("accepted", again.version), "ann")

    with pytest.raises(ConflictError):
        reviews.record(*ALERT, change("done", first.version), "bob")


@pytest.mark.parametrize(
    ("values", "pointer"),
    [
        ({"state": "dismissed", "seen": "0"}, "/reason"),
        ({"state": "open", "seen": "0"}, "/note"),  # nothing changes
        ({"state": "done", "seen": "0", "reason": "because"}, "/"),
        ({"state": "gone", "seen": "0"}, "/state"),
        ({"state": "done"}, "/seen"),
        ({"state": "done", "seen": "0", "note": "n" * 2001}, "/note"),
        ({"state": "dismissed", "seen": "0", "reason": "r" * 201}, "/reason"),
        ({"state": "done", "seen": "0", "note": "a\0b"}, "/note"),
        ({"state": "done", "seen": "0", "note": "a\ud800b"}, "/note"),
        ({"state": "done", "seen": "9" * 30}, "/seen"),
        ({"state": "done", "seen": "0", "who": "somebody else"}, "/who"),
    ],
)
def test_a_change_that_makes_no_sense_is_a_problem_of_its_field(reviews, values, pointer):
    with pytest.raises(FieldsError) as raised:
        reviews.record(*ALERT, fields.read(ReviewChange, values.items()), "ann")

    assert [problem.pointer for problem in raised.value.problems] == [pointer]
    assert reviews.of("a1") is None


@pytest.mark.parametrize("note", ["'); DROP TABLE entries; --", "<b>x</b>\n\ttab", "尺码偏小", "n" * 2000])
def test_a_note_comes_back_as_it_was_written(reviews, note):
    assert reviews.record(*ALERT, change(note=note), "ann").note == note


def test_line_breaks_of_a_form_become_plain_ones(reviews):
    assert reviews.record(*ALERT, change(note="one\r\ntwo\r"), "ann").note == "one\ntwo"


def test_what_is_written_can_neither_be_changed_nor_removed(reviews, tmp_path):
    reviews.record(*ALERT, change(), "ann")
    database = sqlite3.connect(tmp_path / "reviews.sqlite")

    for statement in ("UPDATE entries SET who = 'bob'", "DELETE FROM entries"):
        with pytest.raises(sqlite3.IntegrityError, match="entries stay as they are"):
            database.execute(statement)
    database.close()


def test_the_file_is_made_on_first_use_for_its_owner_alone(tmp_path):
    path = tmp_path / "var" / "reviews.sqlite"

    Reviews(path).all()

    assert path.stat().st_mode & 0o777 == 0o600


def test_a_file_of_a_later_version_is_refused(reviews, tmp_path):
    reviews.all()
    with sqlite3.connect(tmp_path / "reviews.sqlite") as database:
        database.execute("PRAGMA user_version = 2")
    database.close()

    with pytest.raises(ReviewsError, match="found: version 2"):
        reviews.all()


def test_a_file_that_is_none_is_refused_with_what_to_do(tmp_path):
    path = tmp_path / "reviews.sqlite"
    path.write_bytes(b"no database at all, and longer than a header of SQLite would be" * 3)

    with pytest.raises(ReviewsError, match="RETURN_RISK_REVIEWS"):
        Reviews(path).all()


def _write(path: Path, who: str, count: int) -> None:
    """Change the state back and forth, each time from the latest one; retry after a conflict."""
    reviews, written = Reviews(path), 0
    while written < count:
        current = reviews.of("a1")
        seen, state = (0, "open") if current is None else (current.version, current.state.value)
        try:
            reviews.record(*ALERT, change("open" if state == "done" else "done", seen, note=f"{who} {written}"), who)
        except ConflictError:
            continue
        written += 1


def test_several_processes_write_and_nothing_is_lost(tmp_path):
    path = tmp_path / "reviews.sqlite"
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=_write, args=(path, who, 8)) for who in ("ann", "bob", "cy")]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()

    entries = Reviews(path).history("a1")

    assert [writer.exitcode for writer in writers] == [0, 0, 0]
    assert sorted(each.note for each in entries) == sorted(
        f"{who} {n}" for who in ("ann", "bob", "cy") for n in range(8)
    )
    assert all(before.state == after.state_before for before, after in pairwise(entries))
