"""docs/reference/metrics.md, from the metrics that `serving.http.telemetry` registers."""

from serving.http.telemetry import Telemetry
from tests.checks.docs.reference import markdown

INTRO = """\
What `/metrics` gives in the text format of Prometheus. Of a service with several shops, all but those of requests have
the label `shop`, too. A name that ends in `_total` counts since the process began: look at its rate. A histogram has
the series `_bucket`, `_sum` and `_count`. No value of a request becomes a label: there are few of each.
[Dashboards and alarms](../how-to/dashboards-and-alarms.md) has rules and a dashboard over them."""


def page() -> str:
    """Make the page."""
    rows = (
        (markdown.code(name), each.kind, ", ".join(map(markdown.code, each.labels)), each.meaning)
        for name, each in sorted(Telemetry().described.items())
    )
    return markdown.page("Metrics", INTRO, markdown.table(("metric", "kind", "labels", "meaning"), rows))
