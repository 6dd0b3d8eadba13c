import pytest

from scripts.custom_code import compile_code


def run(code, indent=2):
    names = {}
    exec(compile_code(code, indent), names)
    return names["run_custom_code"]()


@pytest.mark.parametrize("code, value", [
    ("return 5", 5), ("a = 2\na + 3", 5), ("  a = 4\n  return a + 1", 5), ("a = 5", None), ("", None),
    ("if True:\n    return 5", 5), ('x = """a\nb"""\nlen(x) + 2', 5), ('return', None),
    ("for n in range(6):\n  m = n\nm", 5),
])
def test_code_returns_what_it_says_or_its_last_value(code, value):
    assert run(code) == value


def test_a_mistake_is_named_with_its_line():
    with pytest.raises(SyntaxError) as caught:
        compile_code("a = 1\nb = (", 0)
    assert caught.value.lineno == 2
