"""Counters, feature definitions (each once), the catalog, and their execution over tables and over single lines."""
