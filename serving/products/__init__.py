"""The product review: the pages under ``/products``, and what they read and keep."""
