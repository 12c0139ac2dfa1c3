"""A first mapping from a shop's files: what the files look like, which known layout they have, and what is asked.

`layouts` find how a file is laid out, and `sheet` reads it as text. `known` recognises a known layout by its header.
`roles` finds the columns of any other shop by header words (`headers`) and values (`times`, `amounts`).
`unclear` decides by values what a column named `id` or `N°` is, and `currency` which currency the amounts are in.
`odd_cells` says which cells are none of their column, `keys` which columns could be a key, `undoing_rows` which sale
a refund undoes, `no_sales` which rows are none, and `asked` what a mapping can't read unless the user looks. `lines`,
`returns` and `first_mapping` write them down; each choice that could be wrong has a comment CHECK. `trial` reads the
files by the mapping that was drafted.
"""
