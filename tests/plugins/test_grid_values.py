"""What people type into an axis of a grid."""

from __future__ import annotations

import pytest

from modules.plugins.grids.values import (
    MOST_VALUES,
    join_values,
    read_each,
    read_floats,
    read_ints,
    read_orders,
    split_values,
)


@pytest.mark.parametrize(("text", "values"), [
    ("1-5", [1, 2, 3, 4, 5]),
    ("1-5 (+2)", [1, 3, 5]),
    ("10-5 (-3)", [10, 7]),
    ("1-10 [5]", [1, 3, 5, 7, 10]),
    ("-3--1", [-3, -2, -1]),
    ("5-1", []),
    ("1-5 (+1), 20", [1, 2, 3, 4, 5, 20]),
    ("1, , 3,", [1, 3]),
    ("-1", [-1]),
    ("+7", [7]),
    (" 2 - 4 ", [2, 3, 4]),
    ("1-10[3]", [1, 5, 10]),
    ("1,2\n3", [1, 2, 3]),
    ("1-10 [0]", []),
])
def test_whole_numbers(text, values):
    read = read_ints(split_values(text))
    assert (list(read.values), read.problems) == (values, ())


@pytest.mark.parametrize(("text", "values"), [
    ("0-1 (+0.25)", [0, .25, .5, .75, 1]),
    ("0.5-1 (+0.2)", [.5, .7, .8999999999999999, 1.0999999999999999]),
    ("1-10 [3]", [1, 5.5, 10]),
    ("7-9", [7, 8, 9]),
    ("3-1 (-1)", [3, 2, 1]),
    ("0-0.5 (+0.1)", [0, .1, .2, .30000000000000004, .4, .5]),
    ("0.2, .4", [.2, .4]),
    ("-1.5", [-1.5]),
    ("1e-3", [.001]),
])
def test_numbers(text, values):
    read = read_floats(split_values(text))
    assert (list(read.values), read.problems) == (values, ())


@pytest.mark.parametrize(("text", "values"), [
    ('a, "b, c", d', ["a", "b, c", "d"]),
    ('"x ""y""", z', ['x "y"', "z"]),
    ('"(a, b:1.2)", "c"', ["(a, b:1.2)", "c"]),
    ("a,,b", ["a", "", "b"]),
    ("a,\nb", ["a", "", "b"]),
    ("", []),
])
def test_words(text, values):
    assert split_values(text) == values


@pytest.mark.parametrize("values", [["a", "b, c"], ['say "x"'], ["", "b"], ["(a:1.2)", "two\nlines"]])
def test_what_is_written_is_read_again(values):
    assert split_values(join_values(values)) == values


def test_every_order():
    assert ["".join(order) for order in read_orders(["a", "b", "c"]).values] == [
        "abc", "acb", "bac", "bca", "cab", "cba"]


@pytest.mark.parametrize(("read", "problems"), [
    (read_ints(["1", "x", "1.5", "3"]), 2),
    (read_floats(["1", "x", ".4-1", "1-2 (+0)"]), 3),
    (read_each(["1", "y"], int), 1),
    (read_ints(["1-999999999999"]), 1),
    (read_ints(["1-5 [99999999999]"]), 1),
    (read_floats(["0-9999999 (+0.0001)"]), 1),
    (read_orders("abcdefghij"), 1),
])
def test_every_bad_value_is_named_and_none_fills_the_memory(read, problems):
    assert len(read.problems) == problems and len(read.values) <= MOST_VALUES
