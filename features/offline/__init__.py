"""Features over tables: every line of the history at once."""
