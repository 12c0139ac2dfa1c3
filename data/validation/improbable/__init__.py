"""What no shop has: figures of whole tables that are signs of a wrong file or mapping, though each row is valid.

A module looks at one part of the tables; `search` calls all of them. A *grave* finding stops validation unless
``validation.accepted`` names it; the others are warnings. Everything is counted in DuckDB, out of core.
"""
