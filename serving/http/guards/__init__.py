"""Guards: API keys with scopes, rates and limits."""
