"""Stage replay: keep the baskets of the test window as a policy looks at them, so that policies can be tried."""

from functools import partial

from data import params
from data.logs import log
from data.stage import run
from features.catalog import LINES_FILE
from features.recipe import Recipe
from training.decisions.basket import segment_of
from training.decisions.replay import columns
from training.decisions.replay.params import ReplayParams
from training.decisions.replay.scored import in_test, make
from training.model import split
from training.model.bundle import Bundle
from training.model.level.days import daily_levels
from training.model.level.level import LevelParams
from training.products.params import ProductParams


def main() -> None:
    """Score the baskets of the test window by the trained bundle, and write a sample of them.

    Raises
    ------
    UserError
        A file of an earlier stage is missing, or state and model don't belong together.
    """
    chosen, bundle, spans = params.load("replay", ReplayParams), Bundle.load(), split.load()
    segments = params.load("products", ProductParams).segments
    segment = partial(
        segment_of,
        recent_days=segments.recent_days,
        lapsing_days=segments.lapsing_days,
        lost_days=segments.lost_days,
        active_orders=segments.active_orders,
    )
    lines = in_test(LINES_FILE, spans, frozenset(Recipe.from_json(bundle.recipe).columns))
    times = split.read_times()
    days = lines.matrix["ordered_at"]
    levels = daily_levels(bundle, LINES_FILE, times, days, params.load("level", LevelParams))
    table, about = make(bundle, lines, spans, levels, segment, chosen)
    columns.write(table, about)
    log.info("%s: %d of %d baskets", columns.FOLDER, about.kept_baskets, about.baskets)


if __name__ == "__main__":
    run(main)
