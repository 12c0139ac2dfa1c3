"""A small shop of which titles, years of birth and regions are known, and predictions that wrong one title."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from data import tables
from data.schema import CUSTOMERS, ORDER_LINES, Table

PEOPLE = 400


def shop(folder: Path, *columns: str, too_low: float = 0.2) -> pd.DataFrame:
    """Four lines of each customer: ms are scored ``too_low``, mr rightly; ``columns`` of customers are recorded.

    Returns the predictions.
    """
    rng = np.random.default_rng(3)
    customers = pd.DataFrame(
        {
            "customer_id": [f"c{number:03d}" for number in range(PEOPLE)],
            "title": np.where(np.arange(PEOPLE) % 2, "ms", "mr"),
            "birth_year": np.where(np.arange(PEOPLE) % 4 < 2, 1990, 1950),
        }
    )
    count = 4 * PEOPLE
    lines = pd.DataFrame(
        {
            "line_id": [f"l{number:04d}" for number in range(count)],
            "order_id": [f"o{number:04d}" for number in range(count)],
            "customer_id": np.tile(customers["customer_id"], 4),
            "product_id": "p",
            "ordered_at": pd.Timestamp("2024-05-01"),
            "quantity": 1,
            "price_minor": 1000,
        }
    )
    women = np.tile(customers["title"] == "ms", 4)
    probability = rng.uniform(0.1, 0.7, count)
    label = (rng.random(count) < probability + too_low * women).astype(int)
    write(ORDER_LINES, lines, folder)
    write(CUSTOMERS, customers[["customer_id", *columns]], folder)
    return lines[["line_id", "ordered_at"]].assign(label=label, probability=probability)


def write(table: Table, rows: pd.DataFrame, folder: Path) -> None:
    tables.write(table, pa.Table.from_pandas(rows, table.arrow(set(rows.columns)), preserve_index=False), folder)
