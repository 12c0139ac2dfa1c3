"""How the mapping reads keys and labels, in the form that the service applies to requests."""

from data.attributes import Kind
from data.identity import KeyKind
from data.reading.reading import LabelReading, Reading
from data.schema import CUSTOMERS, LABELS
from data.sources.mapped.mapping.columns import AttributeRule, ColumnRule
from data.sources.mapped.mapping.mapping import Mapping
from data.sources.mapped.names import table_rules


def of(mapping: Mapping) -> Reading:
    """Describe how ``mapping`` reads customers and labels."""
    customer = mapping.order_lines.columns.get(CUSTOMERS.key)
    lines = mapping.files[mapping.file_of_lines].missing
    labels: dict[str, LabelReading] = {}
    # Lines come before returns, and master data before its changes: a request reads labels as they do.
    for _, file, columns in table_rules(mapping):
        for name, rule in columns.items():
            if _is_label(name, rule) and rule.sources:
                labels.setdefault(name, _label(rule, mapping.files[file].missing))
    plain = LabelReading()
    return Reading(
        (customer.key if customer is not None else None) or KeyKind.ID,
        (*lines, *customer.missing) if customer is not None else (),
        {name: reading for name, reading in labels.items() if reading != plain},
    )


def _is_label(name: str, rule: ColumnRule) -> bool:
    return name in LABELS or (isinstance(rule, AttributeRule) and rule.kind is Kind.CATEGORY)


def _label(rule: ColumnRule, missing: tuple[str, ...]) -> LabelReading:
    return LabelReading(rule.case, rule.labels, (*missing, *rule.missing))
