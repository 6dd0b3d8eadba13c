from __future__ import annotations

import pytest


@pytest.fixture(scope="session")
def program(tiny_models, tmp_path_factory):
    """Everything the server is made of, over the tiny checkpoints."""
    from modules.application.program import build_program
    from modules.settings.flags import parse_launch_flags

    folder = tmp_path_factory.mktemp("served")
    program = build_program(parse_launch_flags(
        ["--data-dir", str(folder), "--models-dir", str(tiny_models), "--use-cpu", "all"]))
    program.settings.update({"sd_model_checkpoint": "tiny-sd1.safetensors"})
    return program


@pytest.fixture(scope="session")
def services(program):
    from modules.application.server import running_services

    with running_services(program) as services:
        yield services


@pytest.fixture(scope="session")
def service(services):
    return services.generation


@pytest.fixture(scope="session")
def behind_page(program, services):
    """What the page is built over."""
    from modules.frontend.services import FrontendServices

    return FrontendServices(program.settings, services.generation, program.bench, services.extras, services.merging,
                            services.orders, program.plugins)


@pytest.fixture(scope="session")
def client(program, services):
    """A browser's view of the server, without the network."""
    from starlette.testclient import TestClient

    from modules.application.server import build_app

    with TestClient(build_app(program, services), base_url="http://127.0.0.1:7860") as client:
        yield client
