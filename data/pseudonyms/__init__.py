"""Pseudonyms of customers: which text stands for a customer in everything that is written, and how it is forgotten."""
