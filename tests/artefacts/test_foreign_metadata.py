import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modules.artefacts.foreign_metadata import translate_foreign
from modules.foundation.size import Size

SIZE = Size(512, 768)
SAMPLERS = {"k_euler": "Euler", "k_euler_ancestral": "Euler a", "k_dpmpp_2m": "DPM++ 2M", "unipc": "UniPC",
            "k_dpmpp_2s_a": "DPM++ 2S a", "k_dpmpp_2m_sde": "DPM++ 2M SDE", "euler_a": "Euler a"}
NOVELAI = {"uc": "lowres", "steps": 28, "sampler": "k_euler", "scale": 11, "seed": 42}
COMFY = {
    "3": {"class_type": "KSampler", "inputs": {
        "seed": 5, "steps": 20, "cfg": 8, "sampler_name": "dpmpp_2m_sde_gpu", "scheduler": "karras", "denoise": 0.6,
        "model": ["10", 0], "positive": ["20", 0], "negative": ["7", 0], "latent_image": ["5", 0]}},
    "4": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "sd\\dream.v8.safetensors"}},
    "10": {"class_type": "LoraLoader", "inputs": {"model": ["4", 0], "lora_name": "x"}},
    "20": {"class_type": "ConditioningCombine", "inputs": {"conditioning": ["6", 0]}},
    "6": {"class_type": "CLIPTextEncode", "inputs": {"text": "a castle", "clip": ["4", 1]}},
    "7": {"class_type": "CLIPTextEncode", "inputs": {"text": ["8", 0]}},
    "8": {"class_type": "String", "inputs": {"text": "blurry"}},
}
INVOKE = {"positive_prompt": "a cat", "negative_prompt": "bad", "steps": 30, "cfg_scale": 7.5, "seed": 9,
          "scheduler": "dpmpp_2m_k", "model": {"name": "sdxl"}}
FOOOCUS = {"prompt": "a dog", "negative_prompt": "", "steps": 30, "guidance_scale": 4, "seed": "12",
           "sampler": "dpmpp_2s_ancestral", "scheduler": "karras", "base_model": "jugger.safetensors"}


@pytest.mark.parametrize("texts, expected", [
    ({"Software": "NovelAI", "Description": "girl", "Comment": json.dumps(NOVELAI)},
     "girl\nNegative prompt: lowres\nSteps: 28, Sampler: Euler, CFG scale: 11, Seed: 42, Size: 512x768, "
     "Clip skip: 2, ENSD: 31337"),
    ({"Software": "NovelAI", "Description": "girl", "Comment": json.dumps({**NOVELAI, "sampler": "new"})},
     "girl\nNegative prompt: lowres\nSteps: 28, Sampler: Euler a, CFG scale: 11, Seed: 42, Size: 512x768, "
     "Clip skip: 2, ENSD: 31337"),
    ({"Software": "NovelAI", "Comment": "{}"}, None),
    ({"prompt": json.dumps(COMFY)},
     "a castle\nNegative prompt: blurry\nSteps: 20, Sampler: DPM++ 2M SDE, Schedule type: Karras, CFG scale: 8, "
     "Seed: 5, Size: 512x768, Model: dream.v8, Denoising strength: 0.6"),
    ({"invokeai_metadata": json.dumps(INVOKE)},
     "a cat\nNegative prompt: bad\nSteps: 30, Sampler: DPM++ 2M, Schedule type: Karras, CFG scale: 7.5, Seed: 9, "
     "Size: 512x768, Model: sdxl"),
    ({"parameters": json.dumps(FOOOCUS)},
     "a dog\nSteps: 30, Sampler: DPM++ 2S a, Schedule type: Karras, CFG scale: 4, Seed: 12, Size: 512x768, "
     "Model: jugger"),
    ({"parameters": "cat\nSteps: 1", "prompt": json.dumps(COMFY)}, None),
    ({"parameters": "{red|green} cat\nSteps: 1"}, None),
    ({"prompt": "a plain text"}, None),
    ({"prompt": "{" * 200_000}, None),
    ({"prompt": json.dumps({"1": {"inputs": {"steps": 1, "cfg": 1, "sampler_name": "x", "positive": ["1", 0],
                                             "conditioning": ["1", 0]}}})}, "Steps: 1, CFG scale: 1, Size: 512x768"),
])
def test_translation(texts, expected):
    assert translate_foreign(texts, SIZE, SAMPLERS.get) == expected


JSON = st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
                    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
                    max_leaves=8)


@settings(deadline=None, max_examples=60)
@given(st.sampled_from([COMFY, INVOKE, FOOOCUS, NOVELAI]), st.data())
def test_no_json_makes_it_fail(source, data):
    mutant = {key: data.draw(JSON) if data.draw(st.booleans()) else value for key, value in source.items()}
    text = json.dumps(mutant)
    for texts in ({"prompt": text}, {"invokeai_metadata": text}, {"parameters": text},
                  {"Software": "NovelAI", "Comment": text}):
        translate_foreign(texts, SIZE, SAMPLERS.get)
