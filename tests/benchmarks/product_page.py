"""The product pages on a report of 100,000 products: ``python -m tests.benchmarks.product_page``.

It writes a made-up report, starts the service on this machine, and asks for tables (filtered, sorted, searched, deep
pages) and for products: first the queries alone, in this process, then whole pages over HTTP, one after the other and
from several clients at once.
"""

import argparse
import http.client
import math
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote

import numpy as np
from rich import box
from rich.console import Console
from rich.table import Table

from serving.products import alerts, item_page, items
from serving.products.filters import SORTS, AlertFilter, ItemFilter
from serving.products.report import Report
from serving.products.reviews import Reviews
from tests.benchmarks.measured import RSS_UNIT
from tests.benchmarks.server_process import Server, free_port, running
from tests.serving.products import small_report
from tests.workspace import TOP, environment

PRODUCTS: Final = 100_000
REQUESTS: Final = 200
CLIENTS: Final = 4
AIM_MS: Final = 200.0
WARM_UP: Final = 5


@dataclass(frozen=True)
class Request:
    """One page: its address, and the query behind it."""

    path: str
    ask: Callable[[Report, Reviews], object]


@dataclass(frozen=True)
class Times:
    """Latencies of one kind of request, in seconds."""

    seconds: Sequence[float]

    def quantile_ms(self, share: float) -> float:
        """The smallest latency that at least ``share`` of all don't exceed, in milliseconds."""
        ascending = sorted(self.seconds)
        return ascending[max(0, math.ceil(share * len(ascending)) - 1)] * 1e3


def requests(products: int, count: int) -> dict[str, list[Request]]:
    """Make ``count`` requests of each kind, alike each time."""
    rng = np.random.default_rng(5)
    numbers = rng.integers(0, products, count).tolist()
    filters = {
        "table, filtered": [_filtered(rng, number) for number in numbers],
        "table, sorted": [ItemFilter(sort=SORTS[number % len(SORTS)], direction="asc") for number in numbers],
        "table, deep pages": [ItemFilter(page=1 + number // 50) for number in numbers],
        "table, searched": [ItemFilter(q=f"no. {number // 100}") for number in numbers],
    }
    made = {name: [_table(chosen) for chosen in each] for name, each in filters.items()}
    made["product"] = [_product(small_report.product_id(number)) for number in numbers]
    made["alerts"] = [_alerts(AlertFilter(page=1 + number % 100)) for number in numbers]
    return made


def _filtered(rng: np.random.Generator, number: int) -> ItemFilter:
    return ItemFilter(
        category=str(rng.choice(small_report.CATEGORIES)),
        brand=str(rng.choice(small_report.BRANDS)) if number % 2 else None,
        reason=str(rng.choice(small_report.REASONS)) if number % 3 else None,
        period=int(rng.choice(small_report.PERIODS)),
        min_lines=number % 50,
        spikes=number % 5 == 0,
        size=100,
    )


def _table(chosen: ItemFilter) -> Request:
    return Request(f"/products/items?{chosen.query()}", lambda report, _: items.find(report, chosen))


def _product(item_id: str) -> Request:
    def ask(report: Report, reviews: Reviews) -> object:
        return item_page.find(report, item_id), alerts.of_product(report, reviews, item_id)

    return Request(f"/products/item/{quote(item_id)}", ask)


def _alerts(chosen: AlertFilter) -> Request:
    return Request(f"/products/alerts?{chosen.query()}", lambda report, reviews: alerts.find(report, reviews, chosen))


def queries(folder: Path, asked: dict[str, list[Request]]) -> Iterator[tuple[str, Times]]:
    """Run the queries alone."""
    began = time.perf_counter()
    report, reviews = Report.load(folder / "report"), Reviews(folder / "queries.sqlite")
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * RSS_UNIT / 1e9
    print(f"report read in {time.perf_counter() - began:.1f} s, peak of this process {memory:.2f} GB", file=sys.stderr)
    for name, each in asked.items():
        yield name, Times([_seconds(lambda one=one: one.ask(report, reviews)) for one in each])  # type: ignore[misc]


def pages(port: int, asked: dict[str, list[Request]], clients: int) -> Iterator[tuple[str, Times]]:
    """Ask for whole pages over HTTP, from so many clients at once."""
    for name, each in asked.items():
        with ThreadPoolExecutor(clients) as pool:
            parts = pool.map(lambda part: _client(port, part), [each[start::clients] for start in range(clients)])
            yield name, Times([seconds for part in parts for seconds in part])


def _client(port: int, asked: Sequence[Request]) -> list[float]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        return [_seconds(lambda one=one: _get(connection, one.path)) for one in asked]  # type: ignore[misc]
    finally:
        connection.close()


def _get(connection: http.client.HTTPConnection, path: str) -> None:
    connection.request("GET", path, headers={"Accept": "text/html"})
    answer = connection.getresponse()
    answer.read()
    if answer.status != http.HTTPStatus.OK:
        raise RuntimeError(f"{answer.status} from {path}")


def _seconds(ask: Callable[[], object]) -> float:
    began = time.perf_counter()
    ask()
    return time.perf_counter() - began


@contextmanager
def service(folder: Path) -> Iterator[int]:
    """Serve the report with one process, for as long as the block runs; gives the port."""
    port = free_port()
    variables = environment(
        MLFLOW_TRACKING_URI=f"sqlite:///{folder / 'mlflow.db'}",
        RETURN_RISK_PORT=str(port),
        RETURN_RISK_STATE=f"lmdb:{folder / 'state'}",
        RETURN_RISK_MODEL_DIR=str(folder / "models"),
        RETURN_RISK_PREDICTION_LOG=str(folder / "predictions"),
        RETURN_RISK_PRODUCT_REPORT=str(folder / "report"),
        RETURN_RISK_REVIEWS=str(folder / "reviews.sqlite"),
        RETURN_RISK_REQUEST_TIMEOUT_SECONDS="60",
        RETURN_RISK_LOG_LEVEL="warning",
        OMP_NUM_THREADS="1",
    )
    url = f"http://127.0.0.1:{port}/readyz"
    command = [sys.executable, "-m", "serving"]
    with running(Server(command, TOP, variables, folder / "serve.log", url, patience=180)):
        yield port


def report(products: int, count: int) -> None:
    """Measure all and print it."""
    asked = requests(products, count)
    few = {name: each[:WARM_UP] for name, each in asked.items()}
    with tempfile.TemporaryDirectory(prefix="return-risk-products-") as name:
        folder = Path(name)
        small_report.write(folder / "report", products)
        found = {"queries alone": dict(queries(folder, asked))}
        with service(folder) as port:
            list(pages(port, few, 1))  # the first request reads the report
            found["pages, 1 client"] = dict(pages(port, asked, 1))
            found[f"pages, {CLIENTS} clients"] = dict(pages(port, asked, CLIENTS))
    title = f"{products:,} products, {count} requests of each kind, ms; aim: p99 of tables and products ≤ {AIM_MS:g}"
    made = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False)
    made.add_column("request")
    for where in found:
        made.add_column(f"{where}: p50", justify="right")
        made.add_column("p99", justify="right")
    for kind in asked:
        times = [each[kind] for each in found.values()]
        made.add_row(kind, *(f"{each.quantile_ms(share):.1f}" for each in times for share in (0.5, 0.99)))
    Console(width=None if sys.stdout.isatty() else 150, highlight=False).print(made)


def main() -> None:
    """Measure as the arguments say."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.product_page", description=__doc__)
    parser.add_argument("--products", type=int, default=PRODUCTS)
    parser.add_argument("--requests", type=int, default=REQUESTS, help="of each kind")
    given = parser.parse_args()
    report(given.products, given.requests)


if __name__ == "__main__":
    main()
