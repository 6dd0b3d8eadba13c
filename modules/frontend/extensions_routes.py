"""What the Extensions tab asks: which extensions there are, how they do, and changing that."""

from __future__ import annotations

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from modules.frontend.routes import ALWAYS_ASK
from modules.plugins.call_log import PluginFailure
from modules.plugins.shelf import PluginShelf, PluginState
from modules.settings.store import SettingsStore

MOST_NAMES = 1000


class Choice(BaseModel):
    """Which extensions are to be on."""

    enabled: list[str] = Field(max_length=MOST_NAMES)
    level: str = Field(max_length=10)


class Source(BaseModel):
    """Where an extension is to come from."""

    source: str = Field(max_length=4096)
    name: str = Field("", max_length=100)
    branch: str = Field("", max_length=200)


class FailureAnswer(BaseModel):
    """A failure of an extension."""

    hook: str
    error: str
    trace: str
    time_s: float

    @classmethod
    def of(cls, failure: PluginFailure) -> FailureAnswer:
        return cls(hook=failure.hook, error=failure.error, trace=failure.trace, time_s=failure.time_s)


class CostAnswer(BaseModel):
    """What one hook has cost."""

    hook: str
    calls: int
    seconds: float


class ExtensionAnswer(BaseModel):
    """An extension as the page's script shows it."""

    name: str
    chosen: bool
    builtin: bool
    updatable: bool
    word: str
    origin: str
    branch: str
    commit: str
    date: str
    scripts: list[str]
    failures: list[FailureAnswer]
    costs: list[CostAnswer]
    seconds: float

    @classmethod
    def of(cls, state: PluginState) -> ExtensionAnswer:
        record, git = state.record, state.record.git
        costs = sorted(state.costs.items(), key=lambda entry: -entry[1].seconds)
        return cls(
            name=record.name, chosen=state.chosen, builtin=record.builtin, updatable=bool(git and git.remote),
            word=state.word, origin=record.origin, branch=git.branch if git else "",
            commit=git.short_commit if git else "",
            date=f"{git.changed:%Y-%m-%d}" if git and git.changed else "",
            scripts=[path.name for path in record.scripts], failures=list(map(FailureAnswer.of, state.failures)),
            costs=[CostAnswer(hook=hook, calls=cost.calls, seconds=cost.seconds) for hook, cost in costs],
            seconds=state.seconds)


class ShelfAnswer(BaseModel):
    """All extensions, and what may be done with them from the page."""

    allowed: bool
    level: str
    safe_mode: bool
    problems: list[str]
    extensions: list[ExtensionAnswer]


def build_extension_routes(shelf: PluginShelf, settings: SettingsStore) -> APIRouter:
    """Return the routes of the Extensions tab. Where others can reach the server, they only show."""
    router = APIRouter(prefix="/internal/extensions", include_in_schema=False)

    @router.get("")
    def show() -> Response:
        found = shelf.discovery
        answer = ShelfAnswer(
            allowed=shelf.acquisition.allowed, level=settings.current.plugins.disable_all_extensions,
            safe_mode=shelf.level != settings.current.plugins.disable_all_extensions,
            problems=[*found.problems, *found.files("scripts", (".py",))[1]],
            extensions=list(map(ExtensionAnswer.of, shelf.states())))
        return Response(answer.model_dump_json(), media_type="application/json", headers=ALWAYS_ASK)

    @router.post("/apply")
    def apply(choice: Choice) -> Response:
        shelf.acquisition.require_allowed()
        settings.update({"disable_all_extensions": choice.level})
        shelf.enable(choice.enabled)
        return show()

    @router.post("/install")
    def install(source: Source) -> dict[str, str]:
        return {"name": shelf.install(source.source, source.name, source.branch)}

    _add_one(router, shelf)
    return router


def _add_one(router: APIRouter, shelf: PluginShelf) -> None:
    @router.post("/{name}/reload")
    def reload(name: str) -> dict[str, str]:
        shelf.acquisition.require_allowed()
        shelf.reload(name)
        failures = shelf.calls.failures(name)
        return {"told": failures[-1].told() if failures else f"{name} was loaded. Load the page again to see changes "
                                                             "of its controls."}

    @router.post("/{name}/check")
    def check(name: str) -> dict[str, int]:
        return {"newer": shelf.acquisition.newer_commits(shelf.require(name))}

    @router.post("/{name}/update")
    def update(name: str) -> dict[str, bool]:
        return {"changed": shelf.update(name)}

    @router.post("/{name}/uninstall")
    def uninstall(name: str) -> dict[str, str]:
        return {"kept": str(shelf.uninstall(name))}
