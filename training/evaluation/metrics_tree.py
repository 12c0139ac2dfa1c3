"""The layout of reports/evaluation.json: all figures of the evaluation, which the gate and the reports read."""

from dataclasses import asdict
from typing import Any

from training.evaluation.intervals import HEADLINE, RANKED, Interval
from training.evaluation.measure import OF_SLICES, Measured, Sliced
from training.evaluation.reasons import ReasonMeasures
from training.evaluation.unsent import Unsent


def tree(measured: Measured) -> dict[str, Any]:
    """Lay out the metrics as reports/evaluation.json holds them.

    Numbers stand under ``test``, ``baselines.NAME``, ``slices.KIND.NAME``, ``business.RULE``, ``drivers`` and, where
    the source records reasons, ``reasons``; for lines without some fields under ``unsent.cases.CASE``; for baskets as a
    whole under ``joint``; for the levels of the days under ``level``; on a simulated shop also under ``oracle``,
    ``drivers.oracle`` and ``reasons.oracle``. Bounds of 95% intervals end in ``_low`` and ``_high``. A metric without a
    value is null, a part without values is absent, and ``undefined`` lists both with the cause.
    """
    test: dict[str, Any] = asdict(measured.test)
    test["calibration_gap"] = measured.test.mean_probability - measured.test.return_rate
    for name in (*HEADLINE, *RANKED):
        test |= _ends(name, measured.intervals.get(name))
    content: dict[str, Any] = {
        "test": test,
        "baselines": {name: asdict(baseline) for name, baseline in measured.baselines.items()},
        "slices": {},
        "business": {rule: asdict(policy) for rule, policy in measured.business.items()},
        "undefined": [asdict(undefined) for undefined in measured.undefined],
    }
    for piece in measured.slices:
        held = {"interval": asdict(piece.coverage)} if piece.coverage else {}
        content["slices"].setdefault(piece.kind, {})[piece.name] = asdict(piece.measures) | _gap(piece) | held
    if measured.interval:
        content["interval"] = asdict(measured.interval)
    if measured.joint:
        content["joint"] = asdict(measured.joint)
    if measured.level:
        content["level"] = asdict(measured.level)
    if measured.oracle:
        content["oracle"] = asdict(measured.oracle)
    content["drivers"] = _drivers(measured)
    if measured.reasons:
        content["reasons"] = _reasons(measured, measured.reasons)
    if measured.unsent:
        content["unsent"] = _unsent(measured.unsent)
    return content


def _gap(piece: Sliced) -> dict[str, Any]:
    """The calibration gap of a slice, and the bounds of its intervals."""
    bounds = {end: value for name in OF_SLICES for end, value in _ends(name, piece.intervals.get(name)).items()}
    return {"calibration_gap": piece.measures.mean_probability - piece.measures.return_rate, **bounds}


def _unsent(unsent: Unsent) -> dict[str, Any]:
    cases = {case.name: asdict(case) for case in unsent.cases}
    absent = {case.name: {"name"} | (set() if case.interval else {"interval"}) for case in unsent.cases}
    return {
        "max_shift": unsent.max_shift,
        "cases": {
            name: {key: value for key, value in case.items() if key not in absent[name]} for name, case in cases.items()
        },
    }


def _drivers(measured: Measured) -> dict[str, Any]:
    drivers = measured.drivers
    content: dict[str, Any] = {
        "expected": drivers.expected,
        "additivity_error": drivers.additivity_error,
        **asdict(drivers.overall),
        "slices": {},
    }
    for piece in measured.slices:
        if piece.drivers:
            content["slices"].setdefault(piece.kind, {})[piece.name] = asdict(piece.drivers)
    if drivers.oracle:
        content["oracle"] = asdict(drivers.oracle)
    return content


def _reasons(measured: Measured, reasons: ReasonMeasures) -> dict[str, Any]:
    content: dict[str, Any] = {
        "returns": reasons.returns,
        "recorded": reasons.recorded,
        **asdict(reasons.model),
        **_ends("log_loss", reasons.interval),
        "baselines": {
            name: asdict(against.quality) | {"difference": against.difference} | _ends("difference", against.interval)
            for name, against in reasons.baselines.items()
        },
        "by_reason": {name: asdict(figures) for name, figures in reasons.by_reason.items()},
        "by_group": {name: asdict(figures) for name, figures in reasons.by_group.items()},
        "confusion": reasons.confusion,
        "slices": {},
    }
    for piece in measured.slices:
        if piece.reasons:
            content["slices"].setdefault(piece.kind, {})[piece.name] = asdict(piece.reasons)
    if measured.reason_oracle:
        content["oracle"] = asdict(measured.reason_oracle)
    return content


def _ends(name: str, interval: Interval | None) -> dict[str, float | None]:
    return {f"{name}_low": interval.low if interval else None, f"{name}_high": interval.high if interval else None}
