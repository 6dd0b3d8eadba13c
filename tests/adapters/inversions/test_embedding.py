from __future__ import annotations

import pytest
import torch

from modules.adapters.inversions.embedding import Embedding, recognise_embedding
from modules.adapters.inversions.files import read_embedding
from modules.foundation.errors import ModelFileError

ROWS = torch.tensor([[0.5, -1.0], [1.0, 2.0]])


@pytest.mark.parametrize("content", [
    {"string_to_token": {"*": 265}, "string_to_param": {"*": ROWS}, "name": "x", "step": 1}, {"<word>": ROWS},
    {"emb_params": ROWS}, {"string_to_param.*": ROWS}, {"emb_params": ROWS.half()}])
def test_layouts_for_one_text_encoder(content):
    embedding = recognise_embedding(content, "x")
    assert (embedding.name, embedding.vector_count, embedding.width) == ("x", 2, 2)
    assert torch.equal(embedding.vectors_for("clip_l"), ROWS) and embedding.vectors_for("clip_h").dtype == torch.float32


def test_a_single_row_may_have_one_axis():
    assert recognise_embedding({"<word>": ROWS[0]}, "x").vectors_for("clip_l").tolist() == [[0.5, -1.0]]


def test_two_text_encoders():
    embedding = recognise_embedding({"clip_l": ROWS, "clip_g": torch.ones(2, 5)}, "x")
    assert embedding.width == 7 and embedding.vectors_for("clip_g").shape == (2, 5)


@pytest.mark.parametrize("content", [
    {}, [], None, {"a": ROWS, "b": ROWS}, {"string_to_param": {"*": ROWS, "+": ROWS}}, {"string_to_param": {}},
    {"x": torch.ones(2, 2, 2)}, {"x": torch.ones(0, 2)}, {"x": torch.ones(())}, {"x": torch.ones(5000, 1)},
    {"clip_l": ROWS, "clip_g": torch.ones(3, 5)}])
def test_what_is_no_embedding(content):
    with pytest.raises(ModelFileError, match="x is neither"):
        recognise_embedding(content, "x")


def test_values_that_are_not_numbers():
    with pytest.raises(ModelFileError, match="not numbers"):
        recognise_embedding({"x": torch.tensor([float("nan")])}, "x")


@pytest.mark.parametrize(("parts", "widths", "fits"), [
    ({"": 768}, {"clip_l": 768}, True), ({"": 1024}, {"clip_h": 1024}, True), ({"": 1024}, {"clip_l": 768}, False),
    ({"": 768}, {"clip_l": 768, "clip_g": 1280}, False), ({"": 2048}, {"clip_l": 768, "clip_g": 1280}, False),
    ({"clip_l": 768, "clip_g": 1280}, {"clip_l": 768, "clip_g": 1280}, True),
    ({"clip_l": 768, "clip_g": 1280}, {"clip_l": 768}, False)])
def test_which_models_it_fits(parts, widths, fits):
    embedding = Embedding("x", {name: torch.zeros(1, width) for name, width in parts.items()})
    assert embedding.fits(widths) is fits


@pytest.mark.parametrize(("file", "vectors", "width"), [
    ("tiny-ti.pt", 2, 48), ("tiny-ti-st.safetensors", 2, 48), ("tiny-ti-diff.bin", 1, 48),
    ("tiny-ti-wrongshape.safetensors", 2, 40), ("tiny-xl-ti.safetensors", 2, 112)])
def test_fixtures(tiny_models, file, vectors, width):
    embedding = read_embedding(tiny_models / "embeddings" / file, "x")
    assert (embedding.vector_count, embedding.width) == (vectors, width)


def test_a_table_of_parameters_as_a1111_pickled_it(tmp_path):
    table = torch.nn.ParameterDict({"*": torch.nn.Parameter(ROWS)})
    torch.save({"string_to_token": {"*": 265}, "string_to_param": table}, tmp_path / "old.pt")
    assert torch.equal(read_embedding(tmp_path / "old.pt", "x").vectors_for("clip_l"), ROWS)
