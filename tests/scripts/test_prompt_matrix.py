import pytest

from scripts.prompt_matrix import combine


@pytest.mark.parametrize("put_at_start, delimiter, expected", [
    (False, ", ", ["a cat", "a cat, blue", "a cat, hd", "a cat, blue, hd"]),
    (True, ", ", ["a cat", "blue, a cat", "hd, a cat", "blue, hd, a cat"]),
    (False, " ", ["a cat", "a cat blue", "a cat hd", "a cat blue hd"]),
])
def test_every_combination_of_the_optional_parts_is_there(put_at_start, delimiter, expected):
    assert combine(["a cat", "blue", "hd"], delimiter, put_at_start=put_at_start) == expected


def test_a_prompt_without_parts_is_one_picture():
    assert combine(["a cat"], ", ", put_at_start=False) == ["a cat"]
