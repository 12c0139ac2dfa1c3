"""Stage ablation: train without each factor and without each column of the source, to see what it is worth."""

from collections.abc import Sequence

from data import params
from data.stage import run
from features.catalog import CatalogEntry
from training.evaluation.intervals import Draw
from training.understanding import tables
from training.understanding.params import UnderstandingParams
from training.understanding.retraining.ablation import ablation
from training.understanding.retraining.left_out import columns, factors
from training.understanding.retraining.retrain import Retrained
from training.understanding.retraining.setting import read_setting
from training.understanding.retraining.span import draw_orders, learnable, scarce_part, too_few_lines, without


def main() -> None:
    """Run the stage on the project's matrix.

    Raises
    ------
    UserError
        A part of the training would have too few lines.
    """
    chosen, setting = params.load("understanding", UnderstandingParams), read_setting()
    shop = setting.shop
    inside = learnable(shop.times, shop.split)
    left_out = inside & ~draw_orders(shop.orders, inside, chosen.lines, chosen.seed)
    if scarce := scarce_part(shop.times, shop.split, left_out):
        raise too_few_lines(scarce, "understanding.lines")
    times = without(shop.times, left_out)

    def retrained(entries: Sequence[CatalogEntry], more_seed: int) -> Retrained:
        return setting.run(times, entries, more_seed)

    every = [*factors(setting.entries), *columns(setting.entries, setting.training.recipe)]
    draw = Draw(chosen.resamples, chosen.seed)
    tables.write(ablation(setting.entries, every, chosen.seeds, retrained, shop.clusters, draw), tables.ABLATION)


if __name__ == "__main__":
    run(main)
