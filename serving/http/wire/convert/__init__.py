"""Converts requests to orders and events, and results to answers.

In requests, keys and labels are read as ingest reads those of the shop's files (`serving.ports.Intake`), and sizes and
colors are put in lower case.
"""
