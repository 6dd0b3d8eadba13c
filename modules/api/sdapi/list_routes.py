"""Everything that can be chosen from, and looking at the folders again."""

from __future__ import annotations

from typing import get_args

from fastapi import APIRouter

from modules.api.sdapi.generation_routes import PREFIX
from modules.api.sdapi.list_models import (
    CheckpointItem,
    EmbeddingsAnswer,
    ExtensionItem,
    FaceRestorerItem,
    HypernetworkItem,
    LoraItem,
    MemoryAnswer,
    NamedItem,
    RealesrganItem,
    SamplerItem,
    SchedulerItem,
    ScriptArgumentItem,
    ScriptInfoItem,
    ScriptsAnswer,
    StyleItem,
    UpscalerItem,
    VaeItem,
)
from modules.api.sdapi.memory import measure_memory
from modules.api.sdapi.model_lists import (
    EmbeddingList,
    checkpoint_item,
    hypernetwork_item,
    lora_item,
    realesrgan_items,
    upscaler_item,
    vae_items,
)
from modules.api.sdapi.scripts import Script, Tab
from modules.api.services import ApiServices
from modules.generation.hires_plan import LATENT_MODES
from modules.plugins.git_facts import GitFacts
from modules.plugins.record import PluginRecord
from modules.sampling.registry import REGISTRY


def build_list_routes(services: ApiServices) -> APIRouter:
    """Return the routes of lists."""
    router = APIRouter(prefix=PREFIX, tags=["Lists"])
    _add_sampling(router)
    _add_models(router, services)
    _add_networks(router, services)
    _add_enlarging(router, services)
    _add_scripts(router, services)
    _add_refreshing(router, services)

    @router.get("/prompt-styles")
    def prompt_styles() -> list[StyleItem]:
        names = services.generation.style_names()
        styles = services.generation.styles.styles
        return [StyleItem(name=name, prompt=styles[name].prompt, negative_prompt=styles[name].negative_prompt)
                for name in names if name in styles and not styles[name].is_divider]

    @router.get("/memory")
    def memory() -> MemoryAnswer:
        return measure_memory()

    @router.get("/extensions")
    def extensions() -> list[ExtensionItem]:
        """Extensions that came from a repository."""
        found = services.plugins.discovery.plugins if services.plugins else ()
        return [_describe_extension(record, record.git) for record in found if record.git and record.git.remote]

    return router


def _add_sampling(router: APIRouter) -> None:
    @router.get("/samplers")
    def samplers() -> list[SamplerItem]:
        return [SamplerItem(name=spec.label, aliases=list(spec.aliases),
                            options={key: str(value) for key, value in spec.options.items()})
                for spec in REGISTRY.current.samplers]

    @router.get("/schedulers")
    def schedulers() -> list[SchedulerItem]:
        return [SchedulerItem(name=spec.name, label=spec.label, aliases=list(spec.aliases) or None,
                              default_rho=spec.default_rho, need_inner_model=spec.need_inner_model)
                for spec in REGISTRY.current.schedulers]


def _add_models(router: APIRouter, services: ApiServices) -> None:
    bench = services.generation.bench

    @router.get("/sd-models")
    def checkpoints() -> list[CheckpointItem]:
        return [checkpoint_item(entry) for entry in bench.catalog.checkpoints]

    @router.get("/sd-vae")
    def vaes() -> list[VaeItem]:
        return vae_items(bench)


def _add_networks(router: APIRouter, services: ApiServices) -> None:
    bench = services.generation.bench
    shapes = EmbeddingList()

    @router.get("/loras")
    def loras() -> list[LoraItem]:
        bench.networks.refresh_if_changed()
        return [lora_item(entry) for entry in bench.networks.loras]

    @router.get("/hypernetworks")
    def hypernetworks() -> list[HypernetworkItem]:
        bench.networks.refresh_if_changed()
        return [hypernetwork_item(entry) for entry in bench.networks.hypernetworks]

    @router.get("/embeddings")
    def embeddings() -> EmbeddingsAnswer:
        bench.networks.refresh_if_changed()
        return shapes.describe(bench)


def _add_enlarging(router: APIRouter, services: ApiServices) -> None:
    bench = services.generation.bench

    @router.get("/upscalers")
    def upscalers() -> list[UpscalerItem]:
        return [upscaler_item(entry) for entry in bench.upscalers.entries]

    @router.get("/latent-upscale-modes")
    def latent_modes() -> list[NamedItem]:
        return [NamedItem(name=name) for name in LATENT_MODES]

    @router.get("/realesrgan-models")
    def realesrgan_models() -> list[RealesrganItem]:
        return realesrgan_items()

    @router.get("/face-restorers")
    def face_restorers() -> list[FaceRestorerItem]:
        return [FaceRestorerItem(name=entry.name, cmd_dir=str(entry.folder))
                for entry in services.extras.bench.faces.entries]


def _add_scripts(router: APIRouter, services: ApiServices) -> None:
    catalog = services.scripts

    @router.get("/scripts")
    def scripts() -> ScriptsAnswer:
        """Titles in lower case, as A1111 gives them."""
        return ScriptsAnswer(txt2img=[one.title.lower() for one in catalog.all("txt2img")],
                             img2img=[one.title.lower() for one in catalog.all("img2img")])

    @router.get("/script-info")
    def script_info() -> list[ScriptInfoItem]:
        tabs: tuple[Tab, ...] = get_args(Tab)
        return [_describe(script, tab) for tab in tabs for script in catalog.all(tab)]


def _describe_extension(record: PluginRecord, git: GitFacts) -> ExtensionItem:
    changed = int(git.changed.timestamp()) if git.changed else 0
    return ExtensionItem(name=record.name, remote=git.remote, branch=git.branch, commit_hash=git.commit,
                         version=git.short_commit, commit_date=changed, enabled=record.enabled)


def _describe(script: Script, tab: Tab) -> ScriptInfoItem:
    items = [ScriptArgumentItem(label=one.label, value=one.value, minimum=one.minimum, maximum=one.maximum,
                                step=one.step, choices=list(one.choices) if one.choices is not None else None)
             for one in script.arguments(tab)]
    return ScriptInfoItem(name=script.title.lower(), is_alwayson=script.is_alwayson, is_img2img=tab == "img2img",
                          args=items)


def _add_refreshing(router: APIRouter, services: ApiServices) -> None:
    bench = services.generation.bench

    @router.post("/refresh-checkpoints")
    @router.post("/refresh-vae")
    def refresh_models() -> None:
        """Look for checkpoints and VAEs again."""
        bench.catalog.refresh()

    @router.post("/refresh-loras")
    @router.post("/refresh-embeddings")
    def refresh_networks() -> None:
        """Look for LoRA files, hypernetworks and embeddings again."""
        bench.networks.refresh()
