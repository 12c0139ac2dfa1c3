import numpy as np

from tests.benchmarks.blunt_warning import Span, costs_a_line
from training.model.bundle import BundleScores


def test_a_sure_policy_warns_where_bayes_rule_does_and_a_doubtful_one_costs_what_doing_nothing_costs() -> None:
    random = np.random.default_rng(1)
    p = random.uniform(0.1, 0.99, 300)
    y, value = (random.uniform(size=300) < p).astype(float), random.choice([0.0, 500.0, 5000.0], 300)

    sure, doubtful = (
        costs_a_line(
            Span("now", y, BundleScores(p, p - width, np.minimum(p + width, 1.0), *(np.zeros_like(p),) * 5), value, 0.9)
        )
        for width in (0.0, p)
    )

    assert sure["a policy"] == sure["Bayes' rule"] < sure["never"] < sure["p > 0.5"]
    assert 0 < sure["warned by the policy"] < 1
    assert doubtful["warned by the policy"] == 0
    assert doubtful["a policy"] == doubtful["never"] == sure["never"]
