"""Readers of shops' files, one module a source; each writes the canonical tables of `data.schema`."""
