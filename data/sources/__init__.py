"""Sources: readers of shops' files, one module or folder each; each writes the tables of `data.schema`."""
