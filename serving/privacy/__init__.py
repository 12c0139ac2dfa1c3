"""What people may ask of the service about their own data."""
