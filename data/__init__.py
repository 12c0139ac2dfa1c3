"""What a table is: schema, sources, validation and the simulated shop. Imports nothing of the other folders."""
