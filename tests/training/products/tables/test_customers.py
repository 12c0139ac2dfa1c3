import numpy as np
import pytest

from training.products.tables.customers import ratios


def test_a_mean_has_the_interval_of_the_text_books() -> None:
    values = np.array([1.0, 2.0, 4.0, 9.0])
    found = ratios(values, np.ones(4), np.zeros(4, dtype=np.int64), 1)

    # mean 4, sample standard deviation sqrt((9 + 4 + 0 + 25) / 3), standard error that / sqrt(4); 1.95996 of them.
    half = 1.959964 * np.sqrt(38 / 3) / 2
    assert found.value == pytest.approx([4.0])
    assert found.low == pytest.approx([4.0 - half])
    assert found.high == pytest.approx([4.0 + half])


def test_a_ratio_weighs_customers_by_their_lines_and_leaves_some_out() -> None:
    returned, lines = np.array([1.0, 3.0, 5.0]), np.array([2.0, 10.0, 7.0])
    found = ratios(returned, lines, np.array([0, 0, -1]), 1)

    # 4 of 12; residuals 1 - 2/3 = 1/3 and 3 - 10/3 = -1/3; variance (2/9) * 2 / (1 * 12^2)
    assert found.value == pytest.approx([1 / 3])
    assert found.high - found.low == pytest.approx([2 * 1.959964 * np.sqrt(4 / 9) / 12])


def test_one_customer_has_no_interval_and_none_no_value() -> None:
    found = ratios(np.array([1.0]), np.array([2.0]), np.array([1]), 2)
    np.testing.assert_array_equal(found.value, [np.nan, 0.5])
    assert np.isnan(found.low).all()
    assert np.isnan(found.high).all()


def test_95_percent_intervals_hold_the_truth_so_often() -> None:
    rng = np.random.default_rng(7)
    groups, each = 2000, 60
    rate = rng.beta(3, 7, groups * each)  # customers differ, so that their lines hang together
    lines = rng.integers(1, 12, groups * each)
    returned = rng.binomial(lines, rate).astype(np.float64)
    found = ratios(returned, lines.astype(np.float64), np.repeat(np.arange(groups), each), groups)

    # The truth is 0.3. Of 2000 intervals 1900 should hold it, with a standard error of 10.
    assert 1850 <= ((found.low <= 0.3) & (found.high >= 0.3)).sum() <= 1940
