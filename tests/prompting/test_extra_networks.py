from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modules.prompting.extra_networks import NetworkTag, extract_batch_tags, extract_tags

WORKED_EXAMPLES = [
    ("cat <lora:x:0.7>, dog", "cat , dog", [NetworkTag("lora", ("x", "0.7"))]),
    ("<lora:x>", "", [NetworkTag("lora", ("x",))]),
    ("<lora:x:0.5:0.8>", "", [NetworkTag("lora", ("x", "0.5", "0.8"))]),
    ("<lora:x:te=0.5:unet=0.8:dyn=64>", "",
     [NetworkTag("lora", ("x",), {"te": "0.5", "unet": "0.8", "dyn": "64"})]),
    ("<lora:a b c:1>", "", [NetworkTag("lora", ("a b c", "1"))]),
    ("<lo ra:x:1>", "<lo ra:x:1>", []),
    ("<lora:x", "<lora:x", []),
    ("a < b : c > d", "a < b : c > d", []),
    ("<foo:1:2=3=4>", "", [NetworkTag("foo", ("1", "2=3=4"))]),
    ("(<lora:x:1>:1.2)", "(:1.2)", [NetworkTag("lora", ("x", "1"))]),
    ("<lora:x:1> AND <lora:y:1>", " AND ", [NetworkTag("lora", ("x", "1")), NetworkTag("lora", ("y", "1"))]),
    ("<lora:a\nb>", "", [NetworkTag("lora", ("a\nb",))]),
    ("<lora:>x>", "<lora:>x>", []),
    ("<lora:<lora:x>", "", [NetworkTag("lora", ("<lora", "x"))]),
    ("<<lora:x>>", "<>", [NetworkTag("lora", ("x",))]),
    ("<hypernet::>", "", [NetworkTag("hypernet", ("", ""))]),
    ("<lora:../../x:1>", "", [NetworkTag("lora", ("../../x", "1"))]),
]


@pytest.mark.parametrize("prompt, text, tags", WORKED_EXAMPLES)
def test_worked_examples(prompt, text, tags):
    assert extract_tags(prompt) == (text, tags)


def test_the_first_prompt_of_a_batch_decides():
    texts, tags = extract_batch_tags(["a <lora:x:1>", "b <lora:y:1>"])
    assert texts == ["a ", "b "]
    assert tags == [NetworkTag("lora", ("x", "1"))]
    assert extract_batch_tags([]) == ([], [])


@given(st.text(st.sampled_from("<>:=lora x\n"), max_size=40) | st.text(max_size=30))
def test_nothing_that_looks_like_a_tag_is_invented(prompt):
    text, tags = extract_tags(prompt)
    assert len(text) <= len(prompt)
    assert (text == prompt) is (not tags)


@pytest.mark.parametrize("piece", ["<", "<a:", "<a", "<a:>", "<a:b>", ">", "<lora:x:1=2>"])
def test_time_grows_linearly(is_linear, piece):
    assert is_linear(lambda size: extract_tags(piece * (size // len(piece))))
