from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from modules.prompting.condition import PromptOptions, condition
from modules.prompting.embeddings import EmbeddingIndex
from modules.prompting.encoding import Emphasis, EncodingOptions
from modules.prompting.schedule import Timeline
from modules.prompting.towers import Tower

TEN = PromptOptions(Timeline(10))


@pytest.fixture
def tower(tokenizer, recording_tower):
    return Tower("clip_l", recording_tower(pooled=True), tokenizer)


def test_weights_and_steps(tower):
    [parts] = condition(["[a:b:3] AND c:0.5"], [""], [tower], TEN).positive
    assert [part.weight for part in parts] == [1.0, 0.5]
    assert [entry.until for entry in parts[0].timetable] == [3, 10]
    assert [entry.until for entry in parts[1].timetable] == [10]
    before, after = (entry.encoded.cross[1, 0].item() for entry in parts[0].timetable)
    assert (before, after) == (320 % 97 + 1, 321 % 97 + 1)


def test_equal_texts_are_shared(tower):
    got = condition(["a AND b", "a"], ["a", "a"], [tower], TEN)
    first = got.positive[0][0].timetable
    assert got.positive[1][0].timetable is first
    assert got.negative[0] is got.negative[1] is first
    assert sum(len(call[0]) for call in tower.encoder.calls) == 2


def test_alternation_shares_its_texts(tower):
    [[part]] = condition(["[a|b]"], [], [tower], TEN).positive
    assert len(part.timetable) == 10
    assert part.timetable[0].encoded is part.timetable[2].encoded
    assert len({id(entry.encoded) for entry in part.timetable}) == 2


def test_and_is_a_word_in_a_negative_prompt(tower):
    got = condition([""], ["a AND b"], [tower], TEN)
    assert got.negative[0][0].encoded.cross[1:4, 0].tolist() == [320 % 97 + 1, 537 % 97 + 1, 321 % 97 + 1]


@pytest.mark.parametrize("negative, zeroed", [("", True), ("[::5]", True), (" ", False), ("a", False)])
def test_an_empty_negative_prompt_can_be_zeroed(tower, negative, zeroed):
    got = condition([""], [negative], [tower], PromptOptions(Timeline(10), zero_empty_negative=True))
    encoded = got.negative[0][0].encoded
    assert (encoded.cross.abs().sum().item() == 0) is zeroed
    assert (encoded.pooled.abs().sum().item() == 0) is zeroed
    assert got.positive[0][0].timetable[0].encoded.cross.abs().sum() > 0


@pytest.mark.parametrize("prompts, expected", [
    (["a", "b"], False), (["a", "(b)"], True), (["[a]", ""], True), (["[a:b:3]", ""], False), (["\\(", ""], True)])
def test_emphasis_is_noticed_after_scheduling(tower, prompts, expected):
    assert condition(prompts[:1], prompts[1:], [tower], TEN).facts.uses_emphasis is expected


@pytest.mark.parametrize("old_rules, prompt, expected", [
    (True, "[a:b:1.0]", True), (True, "[a:b:0.5]", False), (False, "[a:b:1.0]", False)])
def test_old_timelines_are_noticed_where_they_matter(tower, old_rules, prompt, expected):
    options = PromptOptions(Timeline(10, old_rules=old_rules))
    assert condition([prompt], [], [tower], options).facts.timelines_differ is expected


def test_embeddings_and_remarks_are_reported_once(tower, tokenizer, embedding):
    index = EmbeddingIndex([embedding("zebra"), embedding("hippo")], tokenizer)
    got = condition(["a hippo (x:99)", "hippo AND b:99"], ["zebra"], [tower], TEN, index)
    assert got.facts.embeddings == ("hippo", "zebra")
    assert got.facts.remarks == ("The weight 99 was limited to 10.",)


def test_facts_do_not_depend_on_what_was_encoded_before(tower):
    """A1111 forgets them when it reuses its conditioning."""
    first = condition(["(a)"], ["b"], [tower], TEN)
    assert condition(["(a)"], ["b"], [tower], TEN).facts == first.facts


@settings(max_examples=500, deadline=None)
@given(st.text(st.sampled_from("()[]:|\\,<>{}# \nab.3"), max_size=50)
       | st.lists(st.sampled_from(["AND", "BREAK", "[a:", ":3]", "(", ":1.2)", "|", "]", "zebra", "\ud800"]),
                  max_size=12).map(" ".join),
       st.sampled_from(Emphasis), st.booleans(), st.booleans())
def test_any_text_is_conditioned(tokenizer, fuzz_tower, embedding_index, prompt, emphasis, old_rules, old_emphasis):
    options = PromptOptions(Timeline(4, old_rules=old_rules),
                            EncodingOptions(emphasis=emphasis, old_emphasis=old_emphasis))
    got = condition([prompt], [prompt], [fuzz_tower], options, embedding_index)
    for part in got.positive[0]:
        for entry in part.timetable:
            assert torch.isfinite(entry.encoded.cross).all()
            assert len(entry.encoded.cross) % 77 == 0
