"""How far the product report can be trusted: its intervals against what came later, its findings against the truth."""
