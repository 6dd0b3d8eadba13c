"""The web server: page, progress routes, queue and model, from start to stop."""

from __future__ import annotations

import contextlib
import logging
import shutil
import signal
import socket
import sys
import threading
import time
import webbrowser
from collections.abc import Iterator
from dataclasses import dataclass, replace

import uvicorn
from fastapi import FastAPI

from modules.api.assembly import mount_api
from modules.api.envelope import ApiEnvelope
from modules.api.guard import Guard, policy_for
from modules.api.services import ApiServices
from modules.application.model_supply import build_model_orders
from modules.application.program import Program, build_program
from modules.compat.api_scripts import ApiScripts
from modules.compat.app_start import tell_of_start
from modules.compat.host import HOST, Host
from modules.engine.residency import prepare_model_libraries
from modules.foundation.errors import ConfigurationError, WebUIError
from modules.foundation.files import sweep_temporaries
from modules.frontend.gradio_mount import mount_page, silence_gradio
from modules.frontend.page_routes import build_page_routes
from modules.frontend.routes import assets_stamp
from modules.frontend.services import FrontendServices
from modules.generation.run_context import UNSAVED_FOLDER
from modules.generation.workbench import Workbench
from modules.jobs.executor import LocalExecutor, QueueLimits
from modules.jobs.extras_runner import KIND as EXTRAS
from modules.jobs.extras_runner import ExtrasRunner
from modules.jobs.extras_service import ExtrasService
from modules.jobs.generation_runner import KIND as GENERATION
from modules.jobs.generation_runner import GenerationRunner
from modules.jobs.generation_service import GenerationService
from modules.jobs.merge_runner import KIND as MERGE
from modules.jobs.merge_runner import MergeRunner
from modules.jobs.merge_service import MergeService
from modules.jobs.model_orders import ModelOrders
from modules.jobs.runner_table import RunnerTable
from modules.jobs.scripting import ScriptHost
from modules.jobs.store import JobStore
from modules.plugins.call_log import CallLog
from modules.plugins.start_watch import MOST_UNFINISHED, StartWatch
from modules.plugins.watching import PluginWatch
from modules.settings.flags import LaunchFlags, with_password

STOP_WITHIN_S = 10.0
UNSAVED_DAYS = 3
HANDED_IN_DAYS = 14
log = logging.getLogger(__name__)


def serve(flags: LaunchFlags, calls: CallLog | None = None) -> int:
    """Run until told to stop. ``calls``: what happened to plugins so far.

    Raises: ConfigurationError before the port is open.
    """
    silence_gradio()
    flags, password = with_password(flags)
    for notice in flags.notices:
        log.warning(notice)
    starts = StartWatch(flags.data_dir / "cache" / "unfinished-starts")
    with _bound_socket(flags) as listener, starts.counting():
        flags = _after_failed_starts(flags, starts)
        program = build_program(flags, calls)
        for told in program.plugins.install_needs():
            log.info(told)
        with running_services(program) as services:
            app = build_app(program, services)
            starts.finished()
            _start_background_work(program)
            _announce(flags, password)
            _run_server(app, flags, listener)
    return 0


def _after_failed_starts(flags: LaunchFlags, starts: StartWatch) -> LaunchFlags:
    if not starts.too_many or flags.safe_mode:
        return flags
    log.warning("The last %d starts did not come to their end, so this one does without extensions (--safe-mode). "
                "Switch off the one at fault in the Extensions tab.", MOST_UNFINISHED)
    return replace(flags, safe_mode=True)


@dataclass(frozen=True)
class Services:
    """The front doors of the work that is queued, and of getting models."""

    generation: GenerationService
    extras: ExtrasService
    merging: MergeService
    orders: ModelOrders


@contextlib.contextmanager
def running_services(program: Program) -> Iterator[Services]:
    """Open the job list, start the worker, and put both away at the end. Raises: ConfigurationError."""
    store = JobStore(program.flags.data_dir / "jobs.sqlite3")
    program.styles.reload()
    host = Host(program.flags, program.settings, program.styles, program.bench, program.extras, program.plugins)
    scripts = _load_plugins(host)
    queue = LocalExecutor(store, RunnerTable({
        GENERATION: GenerationRunner(program.bench, program.styles, scripts), EXTRAS: ExtrasRunner(program.extras),
        MERGE: MergeRunner(program.bench.catalog, program.flags.checkpoints_dir)}, host.turn),
        limits=QueueLimits(total=10_000, per_client=4_000))  # a folder of frames is a job for each
    orders = build_model_orders(program)
    watch = PluginWatch(program.plugins)
    watch.start()
    queue.start()
    try:
        yield Services(GenerationService(program.settings, program.bench, program.styles, queue, scripts),
                       ExtrasService(program.settings, program.extras, queue),
                       MergeService(program.bench.catalog, queue), orders)
    finally:
        watch.stop()
        orders.desk.close()
        queue.close(STOP_WITHIN_S)
        store.close()
        HOST.detach()


def _load_plugins(host: Host) -> ScriptHost:
    from modules.compat.reloading import reload_in_place  # brings Gradio: not before the port is taken
    from modules.compat.startup import start_plugins

    host.plugins.when_reloading(reload_in_place)
    return start_plugins(host)


def build_app(program: Program, services: Services) -> Guard:
    """Assemble API, routes and page behind the guard."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    mount_api(app, ApiServices(services.generation, program.flags, services.extras, ApiScripts(), program.plugins,
                               _stop))
    if program.flags.nowebui:
        from modules.compat.startup import build_controls_without_page

        build_controls_without_page()
        tell_of_start(None, app)
    else:
        _add_page(app, program, services)
    return Guard(ApiEnvelope(app, log_calls=program.flags.api_log), policy_for(program.flags))


def _add_page(app: FastAPI, program: Program, services: Services) -> None:
    from modules.compat.page.page import CompatPage
    from modules.compat.surroundings import plugin_code
    from modules.frontend.page import build_head, build_page
    from modules.frontend.theme import build_theme

    page = FrontendServices(program.settings, services.generation, program.bench, services.extras, services.merging,
                            services.orders, program.plugins, CompatPage())
    for routes in build_page_routes(page):
        app.include_router(routes)
    blocks = build_page(page)
    with plugin_code():
        tell_of_start(blocks, app)  # before Gradio is mounted: its routes take every address that is left
    head = build_head(page, assets_stamp(), program.flags.theme)
    mount_page(app, blocks, theme=build_theme(), head=head, root_path=program.flags.subpath,
               shown=[program.bench.data_folder / "outputs"])


def _stop() -> None:
    """End the server as a signal would."""
    signal.raise_signal(signal.SIGTERM)


def _bound_socket(flags: LaunchFlags) -> socket.socket:
    """Take the port before the slow work, so that a second start says so at once. Raises: ConfigurationError."""
    family = socket.AF_INET6 if ":" in flags.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((flags.host, flags.effective_port))
    except OSError as error:
        listener.close()
        raise ConfigurationError(
            f"Port {flags.effective_port} on {flags.host} cannot be used: {error.strerror}.",
            remedy="Another web UI may be running already. Stop it, or choose another port with --port.") from error
    return listener


def _start_background_work(program: Program) -> None:
    threading.Thread(target=_warm_up, args=(program,), name="warm-up", daemon=True).start()
    threading.Thread(target=_sweep, args=(program.bench,), name="sweep", daemon=True).start()


def _warm_up(program: Program) -> None:
    """List the networks, import the model libraries and load the chosen checkpoint while the page is opened."""
    program.bench.networks.refresh_if_changed()
    try:
        prepare_model_libraries()
        settings = program.settings.current
        if not program.flags.skip_load_model_at_start:
            checkpoint = program.bench.choose(settings.model.sd_model_checkpoint)
            program.bench.load(checkpoint, program.bench.choose_vae(checkpoint, settings.vae).path)
    except WebUIError as error:
        log.warning("The checkpoint was not loaded: %s", error)
    if program.bench.catalog.hashing:
        program.bench.catalog.hash_all(lambda: False)


def _sweep(bench: Workbench) -> None:
    """Delete what killed writers left behind, pictures nobody asked to keep, and those handed in long ago."""
    sweep_temporaries(bench.data_folder / "outputs")
    bench.pictures.sweep(HANDED_IN_DAYS * 86400)
    limit = time.time() - UNSAVED_DAYS * 86400
    for folder in (bench.data_folder / UNSAVED_FOLDER).glob("*"):
        with contextlib.suppress(OSError):
            if folder.stat().st_mtime < limit:
                shutil.rmtree(folder)


def _announce(flags: LaunchFlags, password: str | None) -> None:
    host = "localhost" if flags.host in ("127.0.0.1", "0.0.0.0") else flags.host
    address = f"{'https' if flags.secure else 'http'}://{host}:{flags.effective_port}{flags.subpath}/"
    what = f"HTTP API is at {address}docs" if flags.nowebui else f"web UI is at {address}"
    print(f"\nThe {what}", flush=True)
    if flags.host == "0.0.0.0":
        print(f"Other computers reach it at this computer's address, port {flags.effective_port}.", flush=True)
    if password:
        print(f"Log in as {flags.users[0].name} with the password {password}", flush=True)
    print("Press Ctrl+C to stop.\n", flush=True)
    if flags.autolaunch:
        threading.Timer(1.0, webbrowser.open, [address]).start()


def _run_server(app: Guard, flags: LaunchFlags, listener: socket.socket) -> None:
    # uvicorn ends by raising the signal that stopped it once more; the queue is to be closed after that
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    config = uvicorn.Config(
        app, log_level="warning", proxy_headers=False, server_header=False, timeout_graceful_shutdown=3,
        ssl_keyfile=flags.tls_keyfile, ssl_certfile=flags.tls_certfile)
    uvicorn.Server(config).run(sockets=[listener])
