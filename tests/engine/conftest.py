"""These tests import diffusers and transformers, which must find torchvision repaired."""

from __future__ import annotations

from modules.engine.residency import prepare_model_libraries

prepare_model_libraries()
