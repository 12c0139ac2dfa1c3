import numpy as np

from training.audit.groups import Group, Groups
from training.audit.proxies import proxies
from training.evaluation.intervals import Draw


def test_a_feature_that_tells_a_group_is_named_and_noise_tells_none() -> None:
    rng = np.random.default_rng(5)
    customer = np.arange(2_000) // 2
    told, hidden = ((rng.random(1_000) < 0.5)[customer] for _ in range(2))
    groups = Groups(
        customer,
        tuple(
            Group(name, str(value), mask == value)
            for name, mask in (("title", told), ("age", hidden))
            for value in (False, True)
        ),
        (),
        (),
    )
    x = np.column_stack(
        [rng.normal(size=2_000), np.where(rng.random(2_000) < 0.1, np.nan, told + rng.normal(size=2_000))]
    )

    found = {(each.attribute, each.name): each for each in proxies(groups, x, ("noise", "blouses"), Draw(100, 1))}

    title, age = found["title", "True"], found["age", "True"]
    assert title.tellers[0].feature == "blouses"
    assert title.low > 0.65
    assert age.low < 0.5 < age.high
