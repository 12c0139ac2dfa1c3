"""Reasons read from customers' comments, for returns without a recorded reason.

A comment may hold names and addresses. Its text therefore stays in the session's database and is never written. Only
the code that was read from it is written, marked by ``reason_inferred``.

Point in time: the model learns from all returns, and also gives reasons to returns that are earlier than some of its
examples. This leaks no outcomes, because the model only translates words into a code and doesn't know which lines came
back. A reason read from a comment is known at the same time as the return.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa

from data import sql
from data.schema import Column, Reason
from data.sources.mapped import order_lines, rows
from data.sources.mapped.cells import Cell, cell
from data.sources.mapped.mapping.columns import ColumnRule
from data.sources.mapped.rows import Work
from data.sources.params import CommentParams

if TYPE_CHECKING:
    from data.sources.mapped.comment_model import CommentModel

COMMENT = Column("_comment", pa.string(), "the customer's comment", required=False, nullable=True)
"""A column of the session's tables; no canonical table has it."""

EXAMPLES = 20_000
"""Most returns that the model learns from: more improve it very little, and take more time."""

BATCH = 50_000
"""Comments that Python holds in memory at a time."""

SEED = 1

_NO_MEANING = f"'{Reason.UNKNOWN}', '{Reason.OTHER}'"


@dataclass(frozen=True)
class _Examples:
    """Comments with their recorded reasons and their orders, each list of the same length."""

    texts: tuple[str, ...]
    reasons: tuple[str, ...]
    orders: tuple[str, ...]


def cells(work: Work, file: str) -> list[Cell]:
    """Describe how comments are read from ``file``, the file of the returns: one cell, or none if not mapped."""
    column = work.mapping.returns.comment
    return [] if column is None else [cell(COMMENT, ColumnRule(column=column), rows.reading(work, file))]


def read_reasons(work: Work, returns: str, params: CommentParams) -> None:
    """Add ``reason_inferred`` to the table ``returns``, and the reasons that are read with enough confidence.

    Only a missing or UNKNOWN reason is replaced. The decisions on ``returns.reason`` count the reasons read, and
    measure the model out of fold: ``out_of_fold_share`` is the share of comments read with enough confidence, and
    ``out_of_fold_accuracy`` and ``out_of_fold_confidence`` are the share of right readings among them and their mean
    confidence.

    Parameters
    ----------
    returns
        Name of a table with the columns ``return_id``, ``line_id``, ``reason`` (codes) and ``_comment``.
    """
    sql.run(work.connection, f"ALTER TABLE {returns} ADD COLUMN reason_inferred BOOLEAN DEFAULT FALSE")
    without = f"FROM {returns} WHERE _comment IS NOT NULL AND coalesce(reason, 'UNKNOWN') = 'UNKNOWN'"
    waiting = sql.number(work.connection, f"SELECT count(*) {without}")
    examples = _examples(work, returns)
    work.record("returns.reason", "comments_with_reason", len(examples.texts))
    work.record("returns.reason", "comments_without_reason", waiting)
    model = _learn(work, examples, params) if waiting else None
    given = 0
    if model is not None:
        _record_accuracy(work, model, params.min_confidence)
        given = _give(work, returns, model, without, params.min_confidence)
    work.record("returns.reason", "read_from_comment", given)


def _examples(work: Work, returns: str) -> _Examples:
    """Select returns with a comment and a recorded reason: at most `EXAMPLES` of them, sampled by hashes of their ids.

    The sample doesn't depend on the order of the files. The reasons OTHER and UNKNOWN are left out: they have no
    meaning to learn.
    """
    orders = f"SELECT line_id, min(order_id) AS order_id FROM {order_lines.TABLE} GROUP BY line_id"
    found = sql.rows(
        work.connection,
        f"SELECT _comment, reason, coalesce(order_id, line_id) FROM {returns} LEFT JOIN ({orders}) USING (line_id) "
        f"WHERE _comment IS NOT NULL AND reason NOT IN ({_NO_MEANING}) "
        f"ORDER BY md5(return_id), 1, 2, 3 LIMIT {EXAMPLES}",
    )
    texts, reasons, of_orders = zip(*found, strict=True) if found else ((), (), ())
    return _Examples(texts, reasons, of_orders)


def _learn(work: Work, examples: _Examples, params: CommentParams) -> "CommentModel | None":
    """Fit the model, or record why not: too few examples, or fewer than two reasons that can be learned."""
    if len(examples.texts) < params.min_examples:
        work.record("returns.reason", "too_few_comments_with_reason_of", params.min_examples)
        return None
    from data.sources.mapped import comment_model  # noqa: PLC0415 - scikit-learn takes seconds, which other sources would pay

    model = comment_model.fit(examples.texts, examples.reasons, examples.orders, SEED)
    if model is None:
        work.record("returns.reason", "too_few_reasons_among_comments", len(set(examples.reasons)))
    return model


def _record_accuracy(work: Work, model: "CommentModel", min_confidence: float) -> None:
    measured = model.out_of_fold
    above = measured.above(min_confidence)
    work.record("returns.reason", "out_of_fold_share", above.mean())
    if above.any():
        work.record("returns.reason", "out_of_fold_accuracy", measured.right[above].mean())
        work.record("returns.reason", "out_of_fold_confidence", measured.confidence[above].mean())


def _give(work: Work, returns: str, model: "CommentModel", without: str, min_confidence: float) -> int:
    """Give reasons to the returns ``without`` one; return the number of reasons given."""
    found = pa.concat_tables(_read(work, model, f"SELECT rowid, _comment {without} ORDER BY rowid", min_confidence))
    work.connection.register("read_reasons", found)
    sql.run(
        work.connection,
        f"UPDATE {returns} SET reason = found.reason, reason_inferred = TRUE "
        f"FROM read_reasons AS found WHERE {returns}.rowid = found.place",
    )
    work.connection.unregister("read_reasons")
    return int(found.num_rows)


def _read(work: Work, model: "CommentModel", query: str, min_confidence: float) -> Iterator[pa.Table]:
    """Read the comments of ``query`` batch by batch: ``place`` (row id) and ``reason`` of confident ones."""
    from data.sources.mapped import comment_model  # noqa: PLC0415 - as above

    answer = work.connection.execute(query)
    while batch := answer.fetchmany(BATCH):
        places, texts = zip(*batch, strict=True)
        readings = comment_model.infer(model, texts)
        sure = readings.confidence >= min_confidence
        yield pa.table(
            {
                "place": pa.array(places, pa.int64()).filter(pa.array(sure)),
                "reason": pa.array(readings.reasons[sure], pa.string()),
            }
        )
