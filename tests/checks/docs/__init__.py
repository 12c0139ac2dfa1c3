"""The documentation against the code: links and names that lead somewhere, one word for each thing, made pages as made.

A problem names file and line, what was expected, and the fix.
"""
