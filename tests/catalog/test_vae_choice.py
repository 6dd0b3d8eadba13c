"""Which VAE goes with a checkpoint."""

from __future__ import annotations

from pathlib import Path

import pytest

from modules.catalog.vae_choice import VaeWish, choose_vae

FILES = {name: Path("VAE") / name for name in ("mse.safetensors", "mix.vae.pt", "other.pt")}
FLAG = Path("given.pt")


def wish(stem: str = "sd15", **words: object) -> VaeWish:
    return VaeWish(stem, **words)


@pytest.mark.parametrize(("asked", "expected"), [
    (wish(), None),
    (wish(setting="None"), None),
    (wish(setting="mse.safetensors"), "mse.safetensors"),
    (wish("mix"), "mix.vae.pt"),
    (wish("mix", setting="None"), "mix.vae.pt"),
    (wish("mix", setting="mse.safetensors"), "mix.vae.pt"),
    (wish("mix", setting="mse.safetensors", model_preference_wins=False), "mse.safetensors"),
    (wish("mix", setting="None", model_preference_wins=False), None),
    (wish("mix", model_preference_wins=False), "mix.vae.pt"),
    (wish("mix", preferred="other.pt"), "other.pt"),
    (wish("mix", preferred="None"), None),
    (wish("mix", preferred="Automatic"), "mix.vae.pt"),
    (wish(setting="mse.safetensors", preferred="other.pt"), "other.pt"),
    (wish(setting="mse.safetensors", preferred="other.pt", model_preference_wins=False), "mse.safetensors"),
])
def test_the_order_of_preference(asked: VaeWish, expected: str | None):
    choice = choose_vae(asked, FILES)
    assert choice.path == (FILES[expected] if expected else None)
    assert choice.reason and not choice.missing


def test_the_flag_beats_everything():
    assert choose_vae(wish("mix", flag=FLAG, setting="mse.safetensors", preferred="other.pt"), FILES).path == FLAG


@pytest.mark.parametrize("asked", [wish(setting="gone.pt"), wish(preferred="gone.pt"),
                                   wish(setting="gone.pt", model_preference_wins=False)])
def test_a_name_that_is_not_there_is_reported(asked: VaeWish):
    choice = choose_vae(asked, FILES)
    assert (choice.path, choice.missing) == (None, "gone.pt")
