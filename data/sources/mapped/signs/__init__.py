"""Signs that a mapping or a file is not what its writer meant, though every cell of it can be read."""
