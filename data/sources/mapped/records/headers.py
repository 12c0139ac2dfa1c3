"""The names of the columns of an input, read from its first file before anything is loaded."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from data.sources.mapped.mapping.files import FileRule
from data.sources.mapped.records import inputs, json_lines, streams, text_file, workbook


def names(name: str, rule: FileRule, folder: Path) -> list[str]:
    """Name the columns of the input ``name`` in ``folder``; `UserError` where its file can't be read."""
    path = inputs.find(rule, folder)[0]
    if rule.format == "parquet":
        try:
            return list(pq.read_schema(path).names)
        except (pa.ArrowInvalid, OSError) as error:
            raise streams.unreadable(path, str(error).split("\n", maxsplit=1)[0], "deliver the file again") from None
    if rule.format == "xlsx":
        return workbook.header(name, rule, path)
    if rule.format == "jsonl":
        return json_lines.header(name, rule, path)
    return text_file.header(name, path, rule).names
