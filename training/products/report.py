"""Stage: which items come back more often than expected, why, and what to do about it.

Writes the tables of `training.products.columns` into reports/products, and the page reports/products.html, one file
that needs no server. The folder is replaced as a whole, so its tables always belong together.
"""

from pathlib import Path

import pyarrow as pa

from data import params
from data.files import write_text
from data.logs import log
from data.sources.params import DataParams
from data.stage import run
from features import catalog
from features.catalog import CATALOG_FILE
from training.costs import Costs
from training.model.booster import ModelParams
from training.products.estimates import lines as product_lines
from training.products.estimates.context import Rules, context_of
from training.products.page import page
from training.products.params import ProductParams
from training.products.tables.all_tables import make
from training.products.tables.periods import overview
from training.products.tables.write import about, write

PAGE = Path("reports/products.html")


def main() -> None:
    """Make the report of the shop whose data `dvc repro` has read."""
    chosen = params.load("products", ProductParams)
    rules = Rules(
        products=chosen,
        model=params.load("model", ModelParams),
        costs=params.load("costs", Costs),
        catalog=catalog.read(CATALOG_FILE),
    )
    log.info("learning the expected rates, without a product's own history")
    context = context_of(product_lines.read(), rules)
    tables, shop = make(context), overview(context)
    described = about(context, params.load("data", DataParams).shop, tables)
    write(tables, described, shop, attributes=[*context.lines.names.attributes])
    write_text(page.render(tables, described, shop, chosen.top_items), PAGE)
    log.info("%d alerts, %d rises: see %s", len(tables["alerts"]), _rises(tables["items"]), PAGE)


def _rises(table: pa.Table) -> int:
    frame = table.select(["item_id", "spike"]).to_pandas()
    return int(frame.loc[frame["spike"].fillna(value=False).astype(bool), "item_id"].nunique())


if __name__ == "__main__":
    run(main)
