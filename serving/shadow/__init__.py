"""The shadow: a second version scores the same baskets off the request path, and is compared with the champion."""
