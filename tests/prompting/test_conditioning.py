from __future__ import annotations

import pytest
import torch

from modules.prompting.conditioning import EncodedText, ScheduledConditioning, Timetable, stack_texts


@pytest.mark.parametrize("calls_made, name", [(0, 1.0), (5, 1.0), (6, 2.0), (10, 2.0), (11, 2.0)])
def test_an_entry_holds_one_call_longer_than_its_step(calls_made, name):
    timetable = Timetable([ScheduledConditioning(5, EncodedText(torch.full((1, 1), 1.0))),
                           ScheduledConditioning(10, EncodedText(torch.full((1, 1), 2.0)))])
    assert timetable.at(calls_made).cross.item() == name


def test_shorter_texts_repeat_their_last_row():
    short = EncodedText(torch.tensor([[1.0], [2.0]]))
    long = EncodedText(torch.tensor([[3.0], [4.0], [5.0]]))
    cross, pooled = stack_texts([short, long])
    assert cross[..., 0].tolist() == [[1, 2, 2], [3, 4, 5]]
    assert pooled is None


def test_pooled_vectors_are_stacked():
    text = EncodedText(torch.zeros(2, 3), torch.ones(5))
    cross, pooled = stack_texts([text, text])
    assert (cross.shape, pooled.shape) == ((2, 2, 3), (2, 5))
