"""Customers as clusters of lines: lines of one customer are not independent of each other."""

import pandas as pd

from data.arrays import Ints


def codes_of(keys: pd.DataFrame) -> Ints:
    """Number the customers of ``keys`` (``customer_id``, ``order_id``) from 0, shape (n,).

    A guest has no other order that is known: each order of guests stands for a customer of its own.
    """
    known = keys["customer_id"].notna()
    named = ("c" + keys["customer_id"].astype(object)).where(known, "o" + keys["order_id"].astype(object))
    return pd.factorize(named, sort=True)[0].astype("int64")
