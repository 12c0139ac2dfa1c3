"""Two rows of a header, the first of which groups the columns of the second: ``Kunde`` above ``Nr.``."""

FEWEST = 2
"""Groups in a row that is part of the header, at least: a title has one cell."""


def lower(first: list[str], second: list[str]) -> bool:
    """Whether the ``first`` row only groups the columns, which the ``second`` one names without a digit."""
    names, above = ([cell for cell in row if cell] for row in (second, first))
    digits = any(any(map(str.isdigit, cell)) for cell in names)
    return len(above) < len(names) and not digits and len(set(names)) < len(names)


def groups(above: list[str], header: list[str]) -> tuple[str, ...]:
    """Give the group of each column of ``header``; empty where its names are its own, or ``above`` has no groups."""
    named = [name for name in header if name]
    filled = [cell for cell in above if any(map(str.isalpha, cell))]
    if len(set(named)) == len(named) or len(filled) < FEWEST or len(filled) < sum(map(bool, above)):
        return ()
    found, last = [], ""
    for place in range(len(header)):
        last = (above[place] if place < len(above) else "") or last
        found.append(last)
    return tuple(found)
