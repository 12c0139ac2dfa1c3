"""What is written for people and programs to open: CSV files, and texts whose signs are all seen."""
