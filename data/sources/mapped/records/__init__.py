"""Records of a shop's files: bytes become lines, lines become records, and every line is accounted for.

`inputs.stage` loads the files of one input into a DuckDB table. A text file passes `streams` (unpacked), `decoding`
(UTF-8 with one kind of line end) and `scan` (records, cells that span lines, lines that are refused); a workbook, JSON
lines and Parquet have readers of their own.
"""
