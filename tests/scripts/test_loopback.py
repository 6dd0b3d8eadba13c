import pytest

from scripts.loopback import check, strength_of


@pytest.mark.parametrize("curve, strengths", [
    ("Linear", [0.75, 0.6667, 0.5833, 0.5]),
    ("Aggressive", [0.75, 0.625, 0.5335, 0.5]),
    ("Lazy", [0.75, 0.7165, 0.625, 0.5]),
])
def test_strengths_follow_the_curve(curve, strengths):
    assert [round(strength_of(loop, 4, 0.75, 0.5, curve), 4) for loop in range(4)] == strengths


def test_a_single_loop_has_the_strength_of_the_request():
    assert strength_of(0, 1, 0.75, 0.5, "Linear") == 0.75


@pytest.mark.parametrize("values, named", [
    ((0, 0.5, "Linear", "None"), "at least one loop"), ((4, 1.5, "Linear", "None"), "from 0 to 1"),
    ((4, 0.5, "Steep", "None"), "Aggressive, Linear, Lazy"), ((4, 0.5, "Linear", "GPT"), "None, CLIP, DeepBooru"),
])
def test_bad_values_are_refused(values, named):
    with pytest.raises(ValueError, match=named):
        check(*values)
