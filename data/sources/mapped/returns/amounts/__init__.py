"""How many pieces and how much money a row of returns is of, where it is of none, or its signs leave it open."""
