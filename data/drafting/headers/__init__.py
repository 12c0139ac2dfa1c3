"""Headers: which role a column's name gives it, by whole names (`vocabulary`) and by the words in them (`parts`)."""
