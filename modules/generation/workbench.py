"""What a run needs besides its plan: the model in memory, the list of models, the folder for files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from modules.adapters.inversions.shelf import InversionShelf
from modules.artefacts.picture_store import PictureStore
from modules.catalog.catalog import Catalog
from modules.catalog.entry import CheckpointEntry
from modules.catalog.network_catalog import NetworkCatalog
from modules.catalog.notes import read_preferred_vae
from modules.catalog.vae_choice import VaeChoice, VaeWish, choose_vae
from modules.engine.model_files import ModelFiles
from modules.engine.residency import ModelSlot
from modules.families.description import ModelDescription
from modules.families.dialect import read_evidence
from modules.families.recognition import recognise
from modules.foundation.errors import ModelFileError, NotFoundError
from modules.foundation.size import Size
from modules.generation.networks import find_network
from modules.generation.surroundings import Surroundings
from modules.generation.usable_checkpoints import UsableCheckpoints
from modules.imaging.faces.restorers import FaceRestorers
from modules.imaging.upscaling.shelf import UpscalerShelf
from modules.prompting.styles import Style
from modules.prompting.tokens import OPEN_CLIP, ClipTokenizer, load_vocabulary
from modules.prompting.towers import Tower
from modules.prompting.wildcard_folder import WildcardFolder
from modules.settings.sections.model import VaeSettings
from modules.settings.values import Settings
from modules.weights.header import read_safetensors_header
from modules.weights.model_folder import is_model_folder
from modules.weights.reading import read_header

if TYPE_CHECKING:
    from modules.engine.loaded_model import LoadedModel
    from modules.engine.text_encoder import TextEncoder

FALLBACK_SIZE = Size(512, 512)
WILDCARDS = "wildcards"


@dataclass(frozen=True)
class Workbench:
    """The tools of the pipeline. One worker uses the model at a time."""

    models: ModelSlot
    catalog: Catalog
    networks: NetworkCatalog
    upscalers: UpscalerShelf
    faces: FaceRestorers
    pictures: PictureStore
    data_folder: Path
    version: str
    vae: Path | None = None
    """A VAE to use with every checkpoint, whatever the settings say."""
    xformers: bool = False

    @cached_property
    def tokenizer(self) -> ClipTokenizer:
        """CLIP's tokenizer. Raises: ConfigurationError when the package that carries its vocabulary is missing."""
        return ClipTokenizer(load_vocabulary())

    @cached_property
    def open_clip_tokenizer(self) -> ClipTokenizer:
        """The tokenizer of OpenCLIP's models. Raises: as ``tokenizer``."""
        return ClipTokenizer(load_vocabulary(), OPEN_CLIP)

    @cached_property
    def inversions(self) -> InversionShelf:
        """The textual inversions read so far."""
        return InversionShelf()

    @cached_property
    def wildcards(self) -> WildcardFolder:
        return WildcardFolder(self.data_folder / WILDCARDS)

    @cached_property
    def _usable(self) -> UsableCheckpoints:
        return UsableCheckpoints(lambda entry: self.describe(entry) is not None)

    def surroundings(self, settings: Settings, styles: Mapping[str, Style]) -> Surroundings:
        """Return what planning a request needs to know, after a glance at the folders of networks."""
        self.networks.refresh_if_changed()
        return Surroundings(settings, self, styles, self.wildcards)

    def choose(self, name: str) -> CheckpointEntry:
        """Find a checkpoint; an empty name means the first that can be used. Raises: NotFoundError."""
        if name:
            return self.catalog.require(name)
        found = self._usable.first(self.catalog.checkpoints)
        if found is None:
            raise NotFoundError("There is no checkpoint.",
                                remedy="Put one into models/Stable-diffusion and refresh the list.")
        return found

    def native_size(self, entry: CheckpointEntry) -> Size:
        """Return the size a checkpoint was trained at, read from its header alone.

        A file without such a header, or a broken one, counts as 512x512: loading it will say what is wrong.
        """
        description = self.describe(entry)
        return description.native_size if description else FALLBACK_SIZE

    def describe(self, entry: CheckpointEntry) -> ModelDescription | None:
        """Recognise a checkpoint by its header alone; None for a file without one, or a broken one."""
        try:
            header = (read_header if is_model_folder(entry.path) else read_safetensors_header)(entry.path)
            return recognise(read_evidence(entry.path, header))
        except ModelFileError:
            return None

    def choose_vae(self, entry: CheckpointEntry, settings: VaeSettings) -> VaeChoice:
        """Choose the VAE for a checkpoint, by launch flag, settings, notes and file names."""
        wish = VaeWish(entry.stem, self.vae, settings.sd_vae, not settings.sd_vae_overrides_per_model_preferences,
                       read_preferred_vae(entry.path))
        return choose_vae(wish, self.catalog.vaes)

    def load(self, entry: CheckpointEntry, vae: Path | None) -> LoadedModel:
        """Bring a checkpoint into memory, unless it is there already. Raises: ModelFileError."""
        model = self.models.load(ModelFiles(entry.path, vae))
        if self.xformers and model.placement.device.type == "cuda":
            model.unet.enable_xformers_memory_efficient_attention()
        return model

    def knows_network(self, kind: str, name: str) -> bool:
        """Say whether there is a network that a tag of this kind and name finds."""
        return find_network(self.networks, kind, name) is not None

    def upscaler_names(self) -> list[str]:
        return self.upscalers.names

    def face_restorer_problem(self, name: str) -> str:
        """Say why a face restorer cannot be used; empty where it can."""
        try:
            self.faces.find(name)
        except NotFoundError as error:
            return str(error)
        return ""

    def require_picture(self, picture: str, field: str) -> None:
        """Make sure that a picture was handed in. Raises: NotFoundError, InvalidRequestError naming ``field``."""
        self.pictures.require(picture, field=field)

    def picture_size(self, picture: str) -> Size:
        """Return the size of a picture that was handed in. Raises: NotFoundError, InvalidRequestError."""
        return self.pictures.size(picture)

    def towers(self, model: LoadedModel) -> Sequence[Tower]:
        """Return the model's text encoders, each with the tokenizer it was trained with."""
        return [self._tower(encoder) for encoder in model.text_encoders]

    def _tower(self, encoder: TextEncoder) -> Tower:
        recipe = encoder.tower.recipe
        tokenizer = self.open_clip_tokenizer if recipe.open_clip else self.tokenizer
        return Tower(recipe.name, encoder, tokenizer, recipe.pad_token, follows_clip_skip=recipe.follows_clip_skip)
