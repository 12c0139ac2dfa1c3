"""The canonical tables: schema, sources, validation and the simulated shop. Imports nothing from the other folders."""
