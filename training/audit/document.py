"""The dossier: one document for auditors on a model, its data, its decisions and its risks.

Its parts are the model card (Mitchell et al., 2019), a data sheet (Gebru et al., "Datasheets for datasets", 2021), the
audits, the decisions and their log, and an assessment of risk in the terms of the EU's AI Act (Regulation (EU)
2024/1689) and of the GDPR. Every figure is read from the run, and the same run gives the same bytes. What a run can not
know, such as who confirms a restriction, is named as open.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from data.logged.decisions import Decision
from data.number_format import ENGLISH
from data.schema import CUSTOMERS, ORDER_LINES, PRODUCTS, RETURNS
from training.audit.card import environment
from training.audit.criteria import JUDGED, Fairness
from training.decisions.policy import ActionKind, Policy

TEMPLATE = "dossier.md.j2"
TABLES = (ORDER_LINES, PRODUCTS, CUSTOMERS, RETURNS)
PERSONAL = frozenset(
    {"customer_id", "birth_year", "title", "region", "payment_method", "reason_detail", "registered_at"}
)
"""Columns that are about a person, or may be."""


@dataclass(frozen=True)
class Content:
    """What the dossier is made from.

    ``card``: the model card. ``verdict``, ``source``, ``membership``, ``spans`` and ``validation``: the content of
    reports/gate.json, data/raw/source.json, reports/membership.json, training/split.json and reports/validation.json.
    ``evaluation``: that of reports/evaluation.json. ``policies``: the shop's, and those of its challengers; empty for a
    shop without one. ``policy_digest`` is that of their content, as the decision log has it. ``columns``: those that
    each table has; ``declared``: of these, those that the mapping declares as personal. ``params``: the sections of
    params.yaml that the model follows from, as text. ``digests``: of what the run was made from, and made.
    """

    shop: str
    contact: str | None
    card: str
    verdict: Mapping[str, Any]
    evaluation: Mapping[str, Any]
    source: Mapping[str, Any]
    validation: Mapping[str, Any]
    spans: Mapping[str, Any]
    columns: Mapping[str, Sequence[str]]
    declared: Sequence[str]
    fairness: Fairness
    membership: Mapping[str, Any]
    policies: Sequence[Policy]
    policy_digest: str | None
    demographics: bool
    params: str
    digests: Mapping[str, str]
    currency: str


def write(content: Content) -> str:
    """Write the dossier."""
    text = (
        environment(content.currency)
        .get_template(TEMPLATE)
        .render(
            **{name: getattr(content, name) for name in content.__dataclass_fields__},
            embedded=demoted(content.card),
            tables=TABLES,
            personal=sorted(
                {each for of in content.columns.values() for each in of} & (PERSONAL | set(content.declared))
            ),
            judged=JUDGED,
            log_fields=[each.name for each in fields(Decision)],
            named={kind.value: _named(content.policies, kind) for kind in ActionKind},
            policy=content.policies[0] if content.policies else None,
            restricts=any(policy.restrictions for policy in content.policies),
            ends=_ends,
            missing=ENGLISH.missing,
        )
    )
    return re.sub(r"\n{3,}", "\n\n", text).rstrip() + "\n"


def demoted(markdown: str) -> str:
    """Put the headings of ``markdown`` two levels lower, below a heading of the document that holds it."""
    return re.sub(r"^#", "###", markdown, flags=re.MULTILINE)


def _named(policies: Sequence[Policy], kind: ActionKind) -> str:
    found = [action.name for policy in policies for action in policy.actions if action.kind is kind]
    return ", ".join(found) if found else "the policy has no such action"


def _ends(low: float | None, high: float | None) -> str:
    return ENGLISH.missing if low is None or high is None else f"{ENGLISH.points(low)} to {ENGLISH.points(high)}"
