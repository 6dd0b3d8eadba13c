"""Everything that the page's scripts ask the server for."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter

from modules.frontend.download_routes import build_download_routes
from modules.frontend.extensions_routes import build_extension_routes
from modules.frontend.extras_routes import build_extras_routes
from modules.frontend.grid_routes import build_grid_routes
from modules.frontend.memory_routes import build_memory_routes
from modules.frontend.model_routes import build_model_routes
from modules.frontend.network_cards import NetworkCards
from modules.frontend.network_routes import build_network_routes
from modules.frontend.network_thumbnails import ThumbnailFolder
from modules.frontend.outpaint_routes import build_outpaint_routes
from modules.frontend.picture_routes import build_picture_routes
from modules.frontend.routes import build_routes
from modules.frontend.services import FrontendServices


def build_page_routes(services: FrontendServices) -> Sequence[APIRouter]:
    """Return the routers of the page, in any order: their paths do not overlap."""
    bench, generation = services.bench, services.generation
    cards = NetworkCards(bench.networks, bench.catalog, services.settings)
    thumbnails = ThumbnailFolder(bench.data_folder / "cache" / "thumbnails")
    return (build_routes(generation), build_picture_routes(bench.pictures), build_extras_routes(services.extras),
            build_outpaint_routes(generation), build_download_routes(services.orders.desk, services.folders),
            build_model_routes(services.orders, services.folders),
            build_extension_routes(services.plugins, services.settings),
            build_network_routes(cards, thumbnails, generation.queue.monitor),
            build_grid_routes(generation, bench.data_folder), build_memory_routes(bench),
            services.page_plugins.routes())
