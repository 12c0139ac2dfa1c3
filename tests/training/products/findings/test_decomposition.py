import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.arrays import Floats, Ints
from training.products.estimates.rates import Prior
from training.products.findings.decomposition import Factor, lines_of, parts


def outcomes(rate: float, lines: int) -> list[float]:
    """Outcomes of ``lines`` lines, of which exactly the share ``rate`` is returned."""
    returned = round(rate * lines)
    return [1.0] * returned + [0.0] * (lines - returned)


def test_another_mix_alone_moves_the_rate_by_the_mix_and_by_nothing_else() -> None:
    # Shirts come back at 10%, coats at 50%, before and after; coats go from a quarter to three quarters of the lines.
    returned = [*outcomes(0.1, 300), *outcomes(0.5, 100), *outcomes(0.1, 100), *outcomes(0.5, 300)]
    product = np.repeat([0, 1, 0, 1], [300, 100, 100, 300])
    later = np.repeat([0, 1], 400)

    found = parts(np.array(returned), later, [Factor("products", product)])

    # Half of the lines move from 10% to 50%.
    assert found == {"products": pytest.approx(0.2, abs=1e-6)}


def test_a_rate_that_rises_everywhere_alike_is_not_laid_on_the_mix() -> None:
    # Both rise by 0.2 while the mix changes as above: without the span among the regressors a part would go to the mix.
    returned = [*outcomes(0.1, 300), *outcomes(0.5, 100), *outcomes(0.3, 100), *outcomes(0.7, 300)]
    product, later = np.repeat([0, 1, 0, 1], [300, 100, 100, 300]), np.repeat([0, 1], 400)

    found = parts(np.array(returned), later, [Factor("products", product)])

    assert found["products"] == pytest.approx(0.2, abs=1e-6)
    assert np.mean(returned[400:]) - np.mean(returned[:400]) - found["products"] == pytest.approx(0.2, abs=1e-6)


def test_parts_that_move_together_are_separated() -> None:
    # Rate = 0.1 + 0.2 for coats + 0.4 for discounts; both become more frequent, in a crossed design.
    cells = [(0, 0), (0, 1), (1, 0), (1, 1)]
    before, after = (300, 100, 100, 100), (100, 100, 100, 300)
    returned: list[float] = []
    for counts in (before, after):
        for (coat, discount), lines in zip(cells, counts, strict=True):
            returned += outcomes(0.1 + 0.2 * coat + 0.4 * discount, lines)
    all_counts = [*before, *after]
    factors = [
        Factor("products", np.repeat([cell[0] for cell in cells] * 2, all_counts)),
        Factor("discounts", np.repeat([cell[1] for cell in cells] * 2, all_counts)),
    ]

    found = parts(np.array(returned), np.repeat([0, 1], 600), factors)

    # Coats and discounts each go from a third to two thirds.
    assert found == {"products": pytest.approx(0.2 / 3, abs=1e-6), "discounts": pytest.approx(0.4 / 3, abs=1e-6)}


def test_what_replaced_products_do_is_laid_on_them_as_far_as_their_lines_can_tell() -> None:
    # One product is there before alone, one after alone; a third stays at 20%. The new one comes back 40 points more.
    returned = [*outcomes(0.2, 400), *outcomes(0.2, 400), *outcomes(0.2, 400), *outcomes(0.6, 400)]
    product, later = np.repeat([0, 2, 0, 1], 400), np.repeat([0, 1], 800)

    weak = parts(np.array(returned), later, [Factor("products", product, shrunk=1.0)])
    strong = parts(np.array(returned), later, [Factor("products", product, shrunk=1e6)])

    assert weak["products"] == pytest.approx(0.2, abs=0.01)
    assert strong["products"] == pytest.approx(0.0, abs=0.001)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.floats(0, 100))
def test_the_parts_and_the_span_are_the_least_squares(seed: int, shrunk: float) -> None:
    rng = np.random.default_rng(seed)
    n = 80
    returned = (rng.random(n) < 0.4).astype(np.float64)
    later = np.concatenate([[0, 1], rng.integers(0, 2, n - 2)])
    first, second = rng.integers(0, 4, n), rng.integers(0, 9, n)

    found = parts(returned, later, [Factor("a", first), Factor("b", second, shrunk)])

    design = np.column_stack([one_hot(later), one_hot(first), one_hot(second)])
    penalties = np.concatenate([np.zeros(design.shape[1] - int(second.max()) - 1), np.full(second.max() + 1, shrunk)])
    # As rows of their own the penalties keep their digits, however small; squared, some would be lost.
    rows = np.vstack([design, np.diag(np.sqrt(penalties))])
    wanted = np.concatenate([returned - returned.mean(), np.zeros(len(penalties))])
    effects = np.linalg.lstsq(rows, wanted, rcond=None)[0]
    moved = (design[later == 1].mean(axis=0) - design[later == 0].mean(axis=0)) * effects
    assert found["a"] == pytest.approx(moved[2 : 2 + int(first.max()) + 1].sum(), abs=1e-5)
    assert found["b"] == pytest.approx(moved[2 + int(first.max()) + 1 :].sum(), abs=1e-5)


def one_hot(codes: Ints) -> Floats:
    return np.eye(int(codes.max()) + 1)[codes]


def test_effects_are_shrunk_by_the_ratio_of_the_variances() -> None:
    # Beta(s e, s (1 - e)) varies by e (1 - e) / (s + 1), a line by e (1 - e): s + 1 lines.
    assert lines_of(Prior(np.array([29.0]), np.array([1.0]))) == pytest.approx(30)
    assert lines_of(Prior(np.array([1.0, 9.0]), np.array([0.5, 0.5]))) == pytest.approx(1 / (0.5 / 2 + 0.5 / 10))
