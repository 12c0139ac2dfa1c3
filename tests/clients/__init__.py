"""The clients of the API: made from the OpenAPI, type-checked, and tried against the service."""
