"""Personal data: columns of names, emails, phones and addresses are refused, by their header and their cells.

No later step needs such a column, and no output may hold one. `judgement` judges a column as a whole; each kind of data
has a module that knows its shapes.
"""
