"""The pages under /products: routes, views, texts, charts and files."""
