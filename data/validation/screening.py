"""Screening: the rows of one raw table during validation, with the refused rows and their broken rules."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from ibis.backends.duckdb import Backend

from data import sql, tables
from data.errors import UserError
from data.schema import REJECTS, Table
from data.validation import contracts
from data.validation.params import Bounds
from data.validation.texts import PERSONAL


class Screening:
    """The rows of one raw table, read from its file, and the rows refused so far.

    Parameters
    ----------
    backend
        The database that holds the refused rows; it spills to disk.
    folder
        Holds the table's parquet file.

    Raises
    ------
    UserError
        The file is missing, cut or no parquet, or its columns are not the table's.
    """

    def __init__(self, backend: Backend, table: Table, folder: Path) -> None:
        self.table = table
        self.file = tables.path(table, folder)
        self.present = contracts.check_header(table, _header(table, folder))
        self.count = tables.count(table, folder)
        self._backend = backend
        columns = ", ".join(sql.name(name) for name in table.names if name in self.present)
        source = f"read_parquet({sql.text(str(self.file))}, file_row_number = true)"
        backend.raw_sql(f'CREATE VIEW raw_{table.name} AS SELECT {columns}, file_row_number AS "row" FROM {source}')
        self.rows: ir.Table = backend.table(f"raw_{table.name}")
        """All rows of the file, each with its place in it: ``row``, from 0."""
        self._refused = f"refused_{table.name}"
        self.refused: ir.Table = backend.create_table(self._refused, schema=ibis.Schema.from_pyarrow(contracts.BROKEN))
        """The broken rules, as `data.validation.contracts.BROKEN`: one row a rule, so several for some rows."""
        backend.raw_sql(
            f'CREATE VIEW kept_{table.name} AS FROM raw_{table.name} ANTI JOIN {self._refused} USING ("row")'
        )
        self.kept: ir.Table = backend.table(f"kept_{table.name}")
        """The rows that broke no rule so far: a view, so that no rule has to compile those before it once more."""

    @property
    def refused_count(self) -> int:
        """The number of rows refused so far."""
        return int(self._backend.to_pyarrow(self.refused["row"].nunique()).as_py())

    @property
    def kept_count(self) -> int:
        """The number of rows that broke no rule so far."""
        return self.count - self.refused_count

    def refuse(self, *broken: ir.Table) -> None:
        """Refuse the rows that the expressions ``broken`` yield; each reads the rows kept before this call."""
        together = ibis.union(*broken, distinct=False) if len(broken) > 1 else broken[0]
        self._backend.insert(self._refused, together)

    def hold_to_contract(self, bounds: Bounds, chunk_rows: int) -> None:
        """Refuse the rows that break the table's contract, ``chunk_rows`` rows in memory at a time.

        Raises
        ------
        UserError
            A column is one of emails, phone numbers, accounts or addresses. An odd cell with one only refuses its row,
            and its text is written nowhere.
        """
        contract = contracts.contract(self.table, self.present, bounds)
        filled, personal = Counter[str](), Counter[str]()
        for first_row, chunk in self._chunks(chunk_rows):
            broken = contracts.violations(self.table, contract, chunk, first_row)
            filled.update({name: len(chunk) - chunk.column(name).null_count for name in chunk.column_names})
            if broken.num_rows:
                found = broken.filter(pc.equal(broken.column("rule"), PERSONAL)).column("column")
                personal.update(found.to_pylist())
                self._backend.con.from_arrow(broken).insert_into(self._refused)
        contracts.refuse_personal_data(self.table, personal, filled)

    def _chunks(self, chunk_rows: int) -> Iterator[tuple[int, pa.Table]]:
        first_row = 0
        with pq.ParquetFile(self.file) as file:
            for batch in file.iter_batches(batch_size=chunk_rows):
                yield first_row, pa.Table.from_batches([batch])
                first_row += batch.num_rows


def read_source_rejects(backend: Backend, folder: Path) -> ir.Table:
    """Give the rows and cells that the source refused, in the columns of `REJECTS`.

    Raises
    ------
    UserError
        The file is missing, cut or no parquet, or its columns are not those of `REJECTS`.
    """
    contracts.check_header(REJECTS, _header(REJECTS, folder))
    return backend.read_parquet(tables.path(REJECTS, folder), table_name="source_rejects").select(*REJECTS.names)


def _header(table: Table, folder: Path) -> pa.Schema:
    try:
        tables.count(table, folder)
        return pq.read_schema(tables.path(table, folder))
    except pa.ArrowInvalid as error:
        raise UserError(
            expected=f"{tables.path(table, folder)} to be a whole parquet file",
            found=f"{tables.path(table, folder).stat().st_size} bytes that end too early ({error})",
            fix="delete it and write it again: dvc repro",
        ) from None
