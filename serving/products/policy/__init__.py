"""The pages under /products/policy: policies are tried on past baskets, saved, compared and exported."""
