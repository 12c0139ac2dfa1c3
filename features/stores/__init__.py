"""Stores of the online state: one protocol, a module for each kind of store, and `address`, which chooses one."""
