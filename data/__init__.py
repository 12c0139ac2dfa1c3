"""What a table is, and the words that all folders share: files, times, arrays, errors, logs, how numbers are written.

The rooms are sources (how a shop's files become tables) and validation. Imports nothing from the other folders.
"""
