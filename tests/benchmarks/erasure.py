"""Erases customers while others are scored: ``python -m tests.benchmarks.erasure``, with the outputs of `make repro`.

A shop of 100,000 customers takes an order of each as an event. A process of its own scores baskets of those who stay,
without a pause. Meanwhile 1,000 customers are erased, each by an event; then caps, logs and state are cleaned, and
every file is searched. It shows how long each took, what the search found, and whether scores of others changed in any
bit.
"""

import argparse
import asyncio
import json
import multiprocessing
import shutil
import statistics
import tempfile
import time
from collections.abc import Sequence
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any, Final

from data.pseudonyms.customer_keys import CustomerKeys
from data.times import iso, now_us
from data.validation.params import ValidationParams
from features.online_state.seed_file import STATE
from serving.assembly.person import assemble_person
from serving.assembly.worker import assemble_worker
from serving.assembly.writer import assemble_writer
from serving.http.wire.convert.orders import read_order
from serving.http.wire.requests.baskets import Basket
from serving.model.folder import Pointer
from serving.privacy.proof import prove
from serving.privacy.traces import traces_of
from serving.rights.erase import places_of
from serving.settings import Settings
from serving.shops import Shop
from serving.state.home import StateHome
from tests.serving.served_shop import pointer
from training.registry.provenance import folder_digest

AT_ONCE: Final = 500
SAMPLE: Final = 1000
HOUR: Final = 3_600_000_000
NO_WRITER: Final = Path("no-writer")


def name(number: int) -> str:
    """The shop's id of a customer."""
    return f"shopper-{number:07}"


def shop_in(folder: Path) -> Shop:
    """The shop whose folder this is."""
    settings = Settings(
        state=f"lmdb:{folder / 'store'}", model_dir=folder / "models", prediction_log=folder / "log",
        decision_log=folder / "decisions", customer_keys=folder / "keys.sqlite",
    )  # fmt: skip
    return Shop("bench", settings, folder, {"RETURN_RISK_ID_KEY": "a key of a benchmark"})


def prepare(folder: Path, project: Path) -> Shop:
    """Make the folder of a shop from the outputs of a run, and its state."""
    shutil.copy(project / "params.yaml", folder)
    shutil.copytree(project / "data" / "policies", folder / "data" / "policies")
    shutil.copytree(project / STATE, folder / STATE)
    shutil.copytree(project / "training" / "bundle", folder / "models" / "7")
    digest = folder_digest(folder / "models" / "7")
    Pointer(**{**pointer().model_dump(), "bundle_sha256": digest}).write(folder / "models")
    shop = shop_in(folder)
    keys = shop.pseudonyms()
    keys.make([])
    about = json.loads((folder / STATE / "about.json").read_text())
    (folder / STATE / "about.json").write_text(json.dumps(about | {"id_key": keys.fingerprint}))
    # Not by `serving.assembly.start_up`, which forgets customers without a secret: those of the simulated shop stay.
    StateHome(shop.settings.state, shop.params("validation", ValidationParams).max_delay_days, shop.seed).prepare()
    return shop


def orders(numbers: Sequence[int], at: int) -> list[dict[str, Any]]:
    """An order of each customer."""
    return [
        {
            "type": "order_placed", "event_id": f"e{number}", "order_id": f"o{number}", "customer_id": name(number),
            "ordered_at": iso(at),
            "lines": [{"line_id": f"l{number}", "product_id": "p1", "quantity": 1, "price_minor": 2000 + number % 900}],
        }
        for number in numbers
    ]  # fmt: skip


async def write(shop: Shop, bodies: Sequence[Sequence[dict[str, Any]]]) -> list[float]:
    """Have the process that writes events take each of ``bodies``; give the seconds of each."""
    writer, seconds = assemble_writer(shop), []
    await writer.start()
    try:
        for events in bodies:
            body, start = json.dumps({"events": list(events)}).encode(), time.perf_counter()
            counts = (await writer.writing.write(body)).counts
            seconds.append(time.perf_counter() - start)
            if set(counts) - {"applied"}:
                raise RuntimeError(f"events were not applied: {counts}")
    finally:
        await writer.stop()
    return seconds


async def _scored(shop: Shop, customers: Sequence[str], at: int) -> list[tuple[float, ...]]:
    parts = assemble_worker(shop, NO_WRITER)
    await parts.start()
    try:
        return [_score(parts, customer, at)[0] for customer in customers]
    finally:
        await parts.stop()


def _score(parts: Any, customer: str, at: int) -> tuple[tuple[float, ...], bool]:
    lines = [{"product_id": "p1", "quantity": 1, "price_minor": 2500}]
    basket = {"customer_id": customer, "ordered_at": iso(at), "lines": lines}
    order = read_order(Basket.model_validate(basket), at, parts.intake)
    (scored,) = parts.scoring.score([order], "r", at)
    return tuple(line.probability for line in scored.lines), bool(scored.degraded)


def load(folder: Path, customers: Sequence[str], stop: Event, results: Connection) -> None:
    """Score baskets of ``customers`` until ``stop``; send the milliseconds of each, and how many were degraded."""
    asyncio.run(_load(shop_in(folder), customers, stop, results))


async def _load(shop: Shop, customers: Sequence[str], stop: Event, results: Connection) -> None:
    parts = assemble_worker(shop, NO_WRITER)
    await parts.start()
    took: list[float] = []
    degraded = 0
    results.send("ready")
    try:
        while not stop.is_set():
            start = time.perf_counter()
            degraded += _score(parts, customers[len(took) % len(customers)], now_us())[1]
            took.append(1000 * (time.perf_counter() - start))
            await asyncio.sleep(0)
    finally:
        await parts.stop()
    results.send((took, degraded))


def under_load(folder: Path, customers: Sequence[str], seconds: float | None, work: Any = None) -> tuple[Any, str]:
    """Score while ``work`` runs, or for so many seconds; give what it gave, and the latencies in words."""
    context = multiprocessing.get_context("spawn")
    stop, (here, there) = context.Event(), context.Pipe(duplex=False)
    process = context.Process(target=load, args=(folder, customers, stop, there))
    process.start()
    here.recv()
    try:
        time.sleep(2 if seconds is None else seconds)
        done = None if work is None else work()
    finally:
        stop.set()
        took, degraded = here.recv()
        process.join()
    cuts = statistics.quantiles(took, n=100)
    return (
        done,
        f"{len(took)} scores, median {statistics.median(took):.2f} ms, p99 {cuts[98]:.2f} ms, {degraded} degraded",
    )


def measure(folder: Path, project: Path, customers: int, erased: int) -> bool:
    """Run the benchmark in ``folder``; give whether nothing was found, and nobody else's score changed."""
    shop = prepare(folder, project)
    keys = shop.pseudonyms()
    if not isinstance(keys, CustomerKeys):
        raise TypeError("the shop of the benchmark has secrets")
    at, numbers = now_us() - HOUR, range(customers)
    start = time.perf_counter()
    groups = [numbers[first : first + AT_ONCE] for first in range(0, customers, AT_ONCE)]
    asyncio.run(write(shop, [orders(group, at) for group in groups]))
    print(f"{customers} customers: an order of each in {time.perf_counter() - start:.1f} s")
    gone = [name(number) for number in numbers[:: max(customers // erased, 1)]][:erased]
    stay = [name(number) for number in numbers[1 :: max(customers // SAMPLE, 2)]]
    stay = [each for each in stay if each not in set(gone)]
    later = now_us() + HOUR
    before = asyncio.run(_scored(shop, stay, later))
    asyncio.run(_scored(shop, gone, later))
    traces = [trace for each in gone for trace in traces_of(each, each, shop.id_key(), keys)]
    print("scores alone: ", under_load(folder, stay, 5.0)[1])
    events = [  # whose ids name no customer: the state keeps them
        [{"type": "customer_erased", "event_id": f"x{number}", "customer_id": each, "erased_at": iso(now_us())}]
        for number, each in enumerate(gone)
    ]

    def erase() -> tuple[list[float], float]:
        seconds, begun = asyncio.run(write(shop, events)), time.perf_counter()
        with assemble_person(shop) as parts:
            parts.erasures.work_off(0)
        return seconds, time.perf_counter() - begun

    (seconds, cleaning), scores = under_load(folder, stay, None, erase)
    print("scores beside: ", scores)
    print(
        f"{len(gone)} erased: secret destroyed and answered in median {1000 * statistics.median(seconds):.1f} ms,"
        f" longest {1000 * max(seconds):.1f} ms; caps, logs and state cleaned in {cleaning:.1f} s,"
        f" {1000 * cleaning / len(gone):.1f} ms each"
    )
    after, start = asyncio.run(_scored(shop, stay, later)), time.perf_counter()
    places = places_of(shop)
    proof = prove(traces, places.all, places.live)
    print(
        f"searched {proof.files} files, {proof.size / 1e6:.0f} MB, for {len(traces)} texts in"
        f" {time.perf_counter() - start:.1f} s: {sum(hit.times for hit in proof.hits)} found;"
        f" {len(proof.freed)} stores have bytes of pseudonyms in freed space"
    )
    for hit in proof.hits[:10]:
        print(f"  {hit.file}: {hit.trace.what} {hit.within}")
    print(f"scores of {len(stay)} others: {'the same to the bit' if before == after else 'CHANGED'}")
    return proof.holds and before == after


def main() -> None:
    """Measure, and end with 1 where something was found or changed."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.erasure", description=__doc__)
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument("--erased", type=int, default=1000)
    parser.add_argument("--project", type=Path, default=Path(), help="whose outputs are served (%(default)s)")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        well = measure(Path(folder), given.project.resolve(), given.customers, given.erased)
    raise SystemExit(0 if well else 1)


if __name__ == "__main__":
    main()
