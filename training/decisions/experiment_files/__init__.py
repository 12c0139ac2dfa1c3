"""The files of an experiment's read-out: the log and tables that it reads, and the report that it writes."""
