"""Orders that exports cut in two: some of their lines end one file, and others begin the next.

Copies of an order share products, and the parts of a cut order share none. Taken for copies, all parts but one would be
lost.
"""

from data import sql
from data.sources.mapped.cleaning import clean
from data.sources.mapped.rows import Work, rows_of

PARTS = "_parts"
"""The table of the orders in several files: ``_key`` and ``_file``."""


def keep(work: Work, name: str, order: str) -> None:
    """Take the cut orders out of `PARTS`, so that all of their rows stay, and count them with a notice.

    ``order``: the shop's column of the order's id.
    """
    sources = work.mapping.order_lines.columns["product_id"].sources
    if not sources or not sql.number(work.connection, f"SELECT count(*) FROM {PARTS}"):
        return
    product = f"concat_ws(' ', {', '.join(clean(sql.name(column)) for column in sources)})"
    keyed = f"SELECT _row, _file, {clean(sql.name(order))} AS _key, {product} AS _product FROM {rows_of(name)}"
    parts = f"FROM ({keyed}) SEMI JOIN {PARTS} USING (_key, _file) WHERE _product <> ''"
    shared = f"SELECT _key {parts} GROUP BY _key, _product HAVING count(DISTINCT _file) > 1"
    # A part without a product can't be judged, and stays a copy.
    filled = f"SELECT _key, count(DISTINCT _file) AS _files {parts} GROUP BY 1"
    whole = f"SELECT _key, count(*) AS _files FROM {PARTS} GROUP BY 1"
    sql.run(
        work.connection,
        f"CREATE OR REPLACE TEMP TABLE cut_orders AS SELECT _key FROM ({filled}) "
        f"SEMI JOIN ({whole}) USING (_key, _files) ANTI JOIN ({shared}) USING (_key)",
    )
    sql.run(work.connection, f"DELETE FROM {PARTS} WHERE _key IN (FROM cut_orders)")
    rows = f"SELECT min(_row) AS _row FROM ({keyed}) WHERE _key IN (FROM cut_orders) GROUP BY _key"
    work.decide_rows(f"files.{name}", "orders_cut_between_files", name, rows)
    if count := sql.number(work.connection, "SELECT count(*) FROM cut_orders"):
        work.notice(
            f"files.{name}: {count:,} orders stand in several files with other products in each, first at "
            f"{work.places(name, rows)[0]}: they are taken for orders that the exports cut, and all of their rows count"
        )
