"""The product review: the pages under ``/products``, the report that they read, and the reviews that they store."""
