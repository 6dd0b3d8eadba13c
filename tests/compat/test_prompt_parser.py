"""``modules.prompt_parser``: A1111's names over the core's numbers."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(("text", "expected"), [
    ("a (cat:1.5) b", [["a ", 1.0], ["cat", 1.5], [" b", 1.0]]),
    ("[x]", [["x", 1 / 1.1]]),
    ("cat BREAK dog", [["cat", 1.0], ["BREAK", -1.0], ["dog", 1.0]])])
def test_attention(text, expected):
    from modules.prompt_parser import parse_prompt_attention

    assert parse_prompt_attention(text) == expected


def test_schedules():
    from modules.prompt_parser import get_learned_conditioning_prompt_schedules as schedules

    assert schedules(["[a:b:0.5]", "x"], 10) == [[[5, "a"], [10, "b"]], [[10, "x"]]]
    assert schedules(["[a:b:1.25]"], 10, 20) == [[[5, "a"], [20, "b"]]]
    assert schedules(["[a:b:1.0]"], 10, None, True) == [[[1, "a"], [10, "b"]]]


def test_composition():
    from modules.prompt_parser import SdConditioning, get_multicond_prompt_list

    prompts = SdConditioning(["a AND b", "b:2 AND c"], width=64, height=32)
    uses, texts, numbers = get_multicond_prompt_list(prompts)
    assert list(texts) == ["a", " b", "b", " c"] and texts.width == 64
    assert uses == [[(0, 1.0), (1, 1.0)], [(2, 2.0), (3, 1.0)]] and numbers["b"] == 2


class Encoder:
    """Encodes a text as its length."""

    def __init__(self):
        self.groups = []

    def get_learned_conditioning(self, texts):
        import torch

        self.groups.append((list(texts), texts.is_negative_prompt))
        return torch.tensor([[[float(len(text))]] * (2 if len(text) > 3 else 1) for text in texts])


def test_encoding():
    from modules import prompt_parser

    model = Encoder()
    prompts = prompt_parser.SdConditioning(["[a:bb:0.5]", "[a:bb:0.5]"], is_negative_prompt=True)
    first, second = prompt_parser.get_learned_conditioning(model, prompts, 10)
    assert model.groups == [(["a", "bb"], True)] and first is second
    assert [(entry.end_at_step, float(entry.cond)) for entry in first] == [(5, 1.0), (10, 2.0)]
    assert prompt_parser.reconstruct_cond_batch([first], 5).flatten().tolist() == [1.0]
    assert prompt_parser.reconstruct_cond_batch([first], 6).flatten().tolist() == [2.0]


def test_encoding_compositions_and_filling_shorter_texts():
    from modules import prompt_parser

    conds = prompt_parser.get_multicond_learned_conditioning(Encoder(), ["a AND long:0.5", "bb"], 10)
    uses, stacked = prompt_parser.reconstruct_multicond_batch(conds, 0)
    assert uses == [[(0, 1.0), (1, 0.5)], [(2, 1.0)]]
    assert stacked.shape == (3, 2, 1) and stacked[0].flatten().tolist() == [1.0, 1.0]


def test_functions_that_extensions_replace_are_looked_up(monkeypatch):
    from modules import prompt_parser

    monkeypatch.setattr(prompt_parser, "get_learned_conditioning_prompt_schedules",
                        lambda prompts, *_: [[[1, "other"]] for _ in prompts])
    model = Encoder()
    prompt_parser.get_multicond_learned_conditioning(model, ["a"], 10)
    assert model.groups == [(["other"], False)]


def test_mappings_look_like_tensors():
    import torch

    from modules.prompt_parser import DictWithShape

    cond = DictWithShape({"crossattn": torch.ones(2, 77, 4), "vector": torch.ones(2, 8)})
    assert cond.shape == (2, 77, 4) and cond.advanced_indexing([0])["vector"].shape == (1, 8)
    assert cond.to(torch.float64)["vector"].dtype == torch.float64


def test_the_model_encodes_as_the_core_does(plugin_host):
    import torch

    from modules import prompt_parser, sd_models
    from modules.prompting.condition import PromptOptions, condition
    from modules.prompting.schedule import Timeline

    proxy = sd_models.load_model(sd_models.get_closet_checkpoint_match("tiny-sd1"))
    (schedule,) = prompt_parser.get_learned_conditioning(proxy, ["a (cat:1.3) [b:c:2]"], 4)
    core = condition(["a (cat:1.3) [b:c:2]"], [], plugin_host.bench.towers(proxy.loaded), PromptOptions(Timeline(4)))
    timetable = core.positive[0][0].timetable
    assert [entry.end_at_step for entry in schedule] == [entry.until for entry in timetable]
    assert all(torch.equal(ours.cond, theirs.encoded.cross) for ours, theirs in zip(schedule, timetable))
