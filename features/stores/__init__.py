"""Stores of the online state: one protocol, and one module for each kind of store."""
