"""The service under load, against its rivals and its limit: ``python -m tests.benchmarks.serving``.

It serves the champion of this project's last run, with its state in a temporary folder, and asks for baskets of
products and customers that the state knows. Load generator, service and store share this machine.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from data import tables
from data.schema import ORDER_LINES
from data.tables import VALIDATED
from serving.scores import Explain
from tests.benchmarks import bare_predict, figures, mlflow_server, ready_features, stages_of_a_score
from tests.benchmarks.load import Load, Result, run
from tests.benchmarks.server_process import Server, free_port, running
from tests.workspace import TOP, environment
from training.model import bundle
from training.model.bundle import Bundle
from training.registry.store import address as store_address

SIZES = (1, 5, 20)
RATE = 200.0
BASKETS = 500
LATEST_LINES = 20_000
CONNECTIONS = 8
Body = dict[str, Any]


@dataclass(frozen=True)
class Service:
    """A running service: its address and the id of its process."""

    url: str
    pid: int


@contextmanager
def service(folder: Path, workers: int, **settings: str) -> Iterator[Service]:
    """Serve the champion with ``workers`` processes for as long as the block runs; its files go to ``folder``."""
    port = free_port()
    variables = environment(
        MLFLOW_TRACKING_URI=store_address.resolve(None),
        RETURN_RISK_PORT=str(port),
        RETURN_RISK_WORKERS=str(workers),
        RETURN_RISK_STATE=f"lmdb:{folder / 'state'}",
        RETURN_RISK_MODEL_DIR=str(folder / "models"),
        RETURN_RISK_PREDICTION_LOG=str(folder / "predictions"),
        RETURN_RISK_SHADOW_LOG=str(folder / "shadow"),
        RETURN_RISK_RATE_LIMIT_PER_SECOND="1000000",
        RETURN_RISK_RATE_LIMIT_BURST="10000000",
        RETURN_RISK_LOG_LEVEL="warning",
        OMP_NUM_THREADS="1",
        **settings,
    )
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "serving"]
    with running(Server(command, TOP, variables, folder / "serve.log", f"{url}/readyz", patience=180)) as pid:
        _wait_for_model(url)
        yield Service(url, pid)


def _wait_for_model(url: str, patience: float = 120.0) -> None:
    """Wait until the model watch has brought the champion: before that, priors answer."""
    import urllib.request  # noqa: PLC0415

    give_up = time.monotonic() + patience
    while time.monotonic() < give_up:
        with urllib.request.urlopen(f"{url}/v1/model", timeout=5) as answer:
            if json.load(answer)["version"] is not None:
                return
        time.sleep(0.5)
    raise TimeoutError(f"no model was served within {patience:g} s")


def baskets(lines: int, count: int = BASKETS) -> list[Body]:
    """Make baskets of ``lines`` lines each of the latest orders: customers and products with a history."""
    rows = tables.read(ORDER_LINES, VALIDATED).slice(0).to_pylist()[-LATEST_LINES:]
    known = [row for row in rows if row["customer_id"] is not None]
    made = []
    for number in range(count):
        start = number * 37 % (len(known) - lines)
        chosen = known[start : start + lines]
        made.append({**_shared(chosen[0]), "lines": [_line(row) for row in chosen]})
    return made


def _shared(row: Body) -> Body:
    names = ("customer_id", "voucher_used", "payment_method", "channel", "region")
    return {name: row[name] for name in names if row.get(name) is not None}


def _line(row: Body) -> Body:
    names = ("product_id", "quantity", "price_minor", "list_price_minor", "size", "color")
    return {name: row[name] for name in names if row.get(name) is not None}


def scores(at: Service, lines: int, rate: float | None, seconds: float, explain: Explain = Explain.NONE) -> Result:
    """Ask for baskets of ``lines`` lines at ``rate`` a second, or as fast as they are answered."""
    bodies = tuple(json.dumps({**basket, "explain": explain}).encode() for basket in baskets(lines))
    load = Load(f"{at.url}/v1/score", bodies, seconds=seconds / 5, connections=CONNECTIONS)
    run(load)  # what is asked first is not measured: caches are cold
    return run(Load(load.url, bodies, rate, seconds, CONNECTIONS, count_degraded=True))


def rival(lines: int, seconds: float) -> Result:
    """Ask MLflow's model server for ``lines`` rows of ready-made features, as fast as it answers."""
    names = Bundle.load().features  # all of them, as MLflow's model says why, too
    features = ready_features.read(names, BASKETS * lines)
    bodies = tuple(mlflow_server.body(features, number, lines) for number in range(BASKETS))
    variables = environment(MLFLOW_TRACKING_URI=store_address.resolve(None))
    with tempfile.TemporaryDirectory(prefix="return-risk-mlflow-") as folder:
        model = str(mlflow_server.save(bundle.FOLDER, features, Path(folder)))
        with mlflow_server.serve(model, Path(folder) / "serve.log", variables) as url:
            run(Load(url, bodies, seconds=seconds / 5, connections=CONNECTIONS))
            return run(Load(url, bodies, seconds=seconds, connections=CONNECTIONS))


def report(seconds: float) -> None:
    """Measure all and print it."""
    console = Console(width=None if sys.stdout.isatty() else 150, highlight=False)
    columns = ("workers", "asked/s", "answered/s", "p50 ms", "p99", "p99.9", "max", "not 2xx", "degraded")
    laid_out = _table("baskets over HTTP", "lines", *columns)
    whys = _table("baskets of 5 lines, explained", "explain", *columns)
    best: dict[str, float] = {}
    for workers in (1, 2):
        with tempfile.TemporaryDirectory(prefix="return-risk-serve-") as folder, service(Path(folder), workers) as at:
            for lines in SIZES:
                for rate in (RATE, None):
                    found = scores(at, lines, rate, seconds)
                    best |= named(basket(lines, workers), rate, found)
                    laid_out.add_row(str(lines), str(workers), "most" if rate is None else f"{rate:g}", *_cells(found))
            for explain in (Explain.REASONS, Explain.ALL):
                for rate in (RATE, None):
                    found = scores(at, 5, rate, seconds, explain)
                    best |= named(explained(explain, workers), rate, found)
                    asked = "most" if rate is None else f"{rate:g}"
                    whys.add_row(explain.value, str(workers), asked, *_cells(found))
    console.print(laid_out)
    console.print(whys)
    other = rival(5, seconds)
    against = _table("rivals, 5 rows of ready-made features", "who", "a second", "p50 ms", "p99")
    against.add_row("mlflow models serve", *_cells(other)[:3])
    for each in bare_predict.measure_all():
        against.add_row(
            f"Booster.predict alone, {each.lines} rows",
            f"{1e6 / each.p50_us:.0f}",
            f"{each.p50_us / 1e3:.3f}",
            f"{each.p99_us / 1e3:.3f}",
        )
    console.print(against)
    most = max(best[f"5 lines, {each}: most"] for each in WORKERS.values())
    best["5 lines: against mlflow models serve"] = most / other.rate
    console.print(stages_of_a_score.table(baskets(5)))
    figures.tell(console, {name: value for name, value in best.items() if name in figures.LIMITS})


WORKERS = {1: "one worker", 2: "two workers"}


def basket(lines: int, workers: int) -> str:
    """Name a load of baskets, as `figures.LIMITS` does."""
    return f"{lines} line{'s' if lines > 1 else ''}, {WORKERS[workers]}"


def explained(explain: Explain, workers: int) -> str:
    """Name a load of explained baskets, as `figures.LIMITS` does."""
    return f"explain {explain.value}, {WORKERS[workers]}"


def named(what: str, rate: float | None, found: Result) -> dict[str, float]:
    """What was found of a load, by the names of `figures.LIMITS`."""
    if rate is None:
        return {f"{what}: most": found.rate}
    times = {"p50": found.p50_ms, "p99": found.p99_ms, "p99.9": found.p999_ms}
    return {f"{what}, {rate:g}/s: {name}": value for name, value in times.items() if value is not None}


def _cells(found: Result) -> Sequence[str]:
    times = (found.p50_ms, found.p99_ms, found.p999_ms, found.max_ms)
    wrong = sum(found.by_status.values()) - found.ok + sum(found.errors.values()) + found.unsent
    said = ["-" if each is None else f"{each:.2f}" for each in times]
    return [f"{found.rate:.0f}", *said, str(wrong), "-" if found.degraded is None else str(found.degraded)]


def _table(title: str, *columns: str) -> Table:
    made = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False)
    for place, column in enumerate(columns):
        made.add_column(column, justify="left" if place == 0 else "right")
    return made


def main() -> None:
    """Measure for so many seconds each."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.serving", description=__doc__)
    parser.add_argument("--seconds", type=float, default=10.0, help="of each load")
    report(parser.parse_args().seconds)


if __name__ == "__main__":
    main()
