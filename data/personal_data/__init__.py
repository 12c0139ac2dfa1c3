"""Personal data: columns of names, emails, phones and addresses are refused, by their header and their cells.

No later step needs such a column, and no output may hold one. `judgement` judges a column as a whole, `cells` one text
by itself, and `masking` hides a text wherever one is kept or shown. Each kind of data has a module that knows it.
"""
