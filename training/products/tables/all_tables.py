"""All tables of the report, made of one context."""

import pyarrow as pa

from data.logs import log
from training.products.alerts.alerts import alerts
from training.products.estimates.context import Context
from training.products.findings import faults, spikes
from training.products.tables import buyers, discounts, items, reasons, segments, variants, weekly


def make(context: Context) -> dict[str, pa.Table]:
    """Make all tables of the report, by name."""
    log.info("looking for faults and rises among %s products", f"{len(context.lines.names.product):,}")
    studied = faults.look(context)
    rises = spikes.spikes(context, studied)
    found = faults.faults(studied, context.params.min_probability)
    why = reasons.table(context)
    log.info("laying out the tables")
    return {
        "items": items.items(context, items.Findings(spikes.columns(rises), faults.columns(found), why)),
        "variants": variants.variants(context),
        "reasons": why,
        "weekly": weekly.weekly(context),
        "buyers": buyers.buyers(context),
        "prices": discounts.prices(context),
        "segments": segments.segments(context),
        "alerts": alerts(context, studied, rises),
    }
