import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from modules.imaging.histograms import distribution_of, match_distribution

VALUES = st.lists(st.integers(0, 255), min_size=1, max_size=60).map(lambda values: np.array(values, np.uint8))


@settings(deadline=None)
@given(VALUES, VALUES)
def test_order_is_kept_and_the_range_is_the_targets(values, target):
    matched = match_distribution(values, distribution_of(target))
    assert matched.shape == values.shape
    assert matched.min() >= target.min() and matched.max() == target.max()
    order = np.argsort(values, kind="stable")
    assert (np.diff(matched[order]) >= 0).all()


@settings(deadline=None)
@given(VALUES)
def test_matching_with_oneself_changes_nothing(values):
    assert (match_distribution(values, distribution_of(values)) == values).all()


def test_by_hand():
    target = distribution_of(np.array([10, 10, 20, 40]))
    assert target.values.tolist() == [10, 20, 40] and target.quantiles.tolist() == [0.5, 0.75, 1]
    assert match_distribution(np.array([[1, 2], [3, 4]]), target).tolist() == [[10, 10], [20, 40]]
    assert match_distribution(np.array([5, 6, 6, 6, 6, 7, 7, 8]), target).tolist() == [10, 15, 15, 15, 15, 30, 30, 40]
