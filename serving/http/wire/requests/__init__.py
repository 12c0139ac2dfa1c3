"""The requests of version 1, a module a subject; the OpenAPI is made from these models.

Numbers are strict (no "1" for 1, no true for 1), and so are whole numbers: ``50.0`` is refused as 50.39 is, because
whoever writes it means 50 EUR, which is 5000 cents. Unknown fields are refused, and times have a zone. A valid request
is safe to compute with: no number overflows, no text is blank, no time lies far ahead.
"""
