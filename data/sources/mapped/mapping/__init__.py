"""The mapping: one YAML file that says which file and column of a shop feeds which canonical column, and how.

`load.load` reads a file; `mapping.Mapping` is its content, made of the keys of files, columns, conditions and tables.
"""
