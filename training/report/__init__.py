"""The report of one evaluation: its page, plots and tables."""
