from __future__ import annotations

import pytest

from modules.artefacts.pasted_networks import with_local_networks


def local(name: str, short_hash: str) -> str | None:
    return {"e53594a8eef8": "mine"}.get(short_hash)


@pytest.mark.parametrize(("fields", "prompt"), [
    ({"Prompt": "a dog <lora:old:1>", "Lora hashes": "old: e53594a8eef8"}, "a dog <lora:mine:1>"),
    ({"Prompt": "<lora:a:0.5><lora:old:1:2>", "Lora hashes": "a: 000000000000, old: e53594a8eef8"},
     "<lora:a:0.5><lora:mine:1:2>"),
    ({"Prompt": "a dog <lora:old:1>"}, "a dog <lora:old:1>"),
    ({"Prompt": "a <lora:old", "Lora hashes": "nonsense"}, "a <lora:old"),
    ({"Prompt": "a dog", "AddNet Module 1": "LoRA", "AddNet Model 1": "tiny(e53594a8eef8)",
      "AddNet Weight A 1": "0.5", "AddNet Module 2": "LoRA", "AddNet Model 2": "other(00)"},
     "a dog\n<lora:tiny:0.5><lora:other:1.0>"),
    ({"Prompt": "a <lora:tiny:1>", "AddNet Module 1": "LoRA", "AddNet Model 1": "tiny(e5)"}, "a <lora:tiny:1>"),
    ({"Prompt": "a dog", "AddNet Module 1": "LoCon", "AddNet Model 1": "tiny(e5)"}, "a dog"),
])
def test_loras_are_called_as_they_are_here(fields, prompt):
    assert with_local_networks(fields, local)["Prompt"] == prompt


def test_hires_prompts_too():
    fields = {"Prompt": "", "Hires prompt": "<lora:old:1>", "Lora hashes": "old: e53594a8eef8"}
    assert with_local_networks(fields, local)["Hires prompt"] == "<lora:mine:1>"
