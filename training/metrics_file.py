"""The file of metrics that DVC compares and the gate reads: reports/metrics.json."""

from dataclasses import asdict
from typing import Any

from training.bootstrap import HEADLINE, RANKED
from training.measure import Measured


def tree(measured: Measured) -> dict[str, Any]:
    """Lay out the metrics as they are filed.

    Numbers stand under ``test``, ``baselines.NAME``, ``slices.KIND.NAME``, ``business.RULE`` and, on a simulated shop,
    ``oracle``. Bounds of 95% intervals end in ``_low`` and ``_high``. What has no value is null, and ``undefined``
    lists it with the reason.
    """
    test: dict[str, Any] = asdict(measured.test)
    test["calibration_gap"] = measured.test.mean_probability - measured.test.return_rate
    for name in (*HEADLINE, *RANKED):
        interval = measured.intervals.get(name)
        test[f"{name}_low"] = interval.low if interval else None
        test[f"{name}_high"] = interval.high if interval else None
    content: dict[str, Any] = {
        "test": test,
        "baselines": {name: asdict(baseline) for name, baseline in measured.baselines.items()},
        "slices": {},
        "business": {rule: asdict(policy) for rule, policy in measured.business.items()},
        "undefined": [asdict(undefined) for undefined in measured.undefined],
    }
    for piece in measured.slices:
        content["slices"].setdefault(piece.kind, {})[piece.name] = asdict(piece.measures)
    if measured.oracle:
        content["oracle"] = asdict(measured.oracle)
    return content
