"""The pages of docs/reference are generated from the code, and up to date."""

import itertools
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from tests.checks.docs.pages import FOLDER
from tests.checks.docs.reference import (
    alarm_webhook,
    alerts,
    canonical_tables,
    covariates,
    experiment_looks,
    features,
    http_api,
    mapping,
    metrics,
    params,
    predictions,
    product_tables,
    settings,
    stages,
)

PAGES: Mapping[Path, Callable[[], str]] = {
    FOLDER / "reference" / f"{name}.md": page
    for name, page in {
        "alarm-webhook": alarm_webhook.page,
        "alerts": alerts.page,
        "canonical-tables": canonical_tables.page,
        "covariates": covariates.page,
        "experiment-looks": experiment_looks.page,
        "features": features.page,
        "http-api": http_api.page,
        "mapping": mapping.page,
        "metrics": metrics.page,
        "params": params.page,
        "predictions": predictions.page,
        "product-tables": product_tables.page,
        "settings": settings.page,
        "stages": stages.page,
    }.items()
}
"""Each generated page, and the function that generates it."""


def problems(pages: Mapping[Path, Callable[[], str]] = PAGES) -> Iterator[str]:
    """One line for each page that differs from the page generated from the code, with its fix."""
    for path, make in pages.items():
        present = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
        made = make().splitlines()
        if present != made:
            same = itertools.takewhile(lambda pair: pair[0] == pair[1], zip(present, made, strict=False))
            yield f"{path}:{1 + sum(1 for _ in same)}: differs from what the code gives; fix: make format"


def write(pages: Mapping[Path, Callable[[], str]] = PAGES) -> None:
    """Write the pages that differ."""
    for path, make in pages.items():
        made = make()
        if not path.is_file() or path.read_text(encoding="utf-8") != made:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(made, encoding="utf-8")
