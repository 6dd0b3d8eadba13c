from __future__ import annotations

import inspect

import pytest
import torch

from modules.foundation.errors import InvalidRequestError, PluginError
from modules.generation.hooks import GenerationHooks
from modules.generation.joined_hooks import join_hooks
from modules.generation.request import GenerationRequest
from modules.imaging.upscaling.provided import PROVIDED
from modules.plugins import (
    Plugin,
    choice,
    number,
    provide_axis,
    provide_sampler,
    provide_schedule,
    provide_tab,
    provide_upscaler,
    text,
    toggle,
    whole,
)
from modules.plugins.call_log import CallLog
from modules.plugins.importing import acting_for
from modules.plugins.isolation import isolate
from modules.plugins.native import GENERATION_HOOKS, HOOKS, SAMPLING_HOOKS, document
from modules.plugins.provisions import PROVISIONS
from modules.sampling.guidance import Interrupted
from modules.sampling.hooks import SamplingHooks
from modules.sampling.registry import BUILTIN, REGISTRY


class ManyEdges(Plugin):
    """Says what it does."""

    strength = number("Strength: how", 0.5, minimum=0, maximum=1, step=0.05)
    count = whole("Count", 2)
    mode = choice("Mode", ["soft", "hard"])
    on_faces = toggle("On faces")
    words = text("Words", "a")


class MoreEdges(ManyEdges):
    title = "Other name"
    always_on = True
    extra = number("Extra", 1)


def test_attributes_are_parameters_with_defaults():
    made = ManyEdges()
    assert (made.strength, made.count, made.mode, made.on_faces, made.words) == (0.5, 2, "soft", False, "a")
    assert ManyEdges.title == "Many Edges"
    assert list(MoreEdges.parameters) == [*ManyEdges.parameters, "extra"] and MoreEdges.title == "Other name"


@pytest.mark.parametrize("values", [
    {"strength": 2}, {"strength": "x"}, {"mode": "other"}, {"count": 1.5}, {"on_faces": "perhaps"}, {"strengh": 1}])
def test_values_are_checked(values):
    with pytest.raises(InvalidRequestError) as caught:
        ManyEdges(values)
    assert "Many Edges" in str(caught.value)


def test_infotext_names_it_and_its_values():
    assert ManyEdges({"strength": 1}).infotext() == {
        "Many Edges": "on", "Many Edges strength  how": 1, "Many Edges count": 2, "Many Edges mode": "soft",
        "Many Edges on faces": False, "Many Edges words": "a"}


def test_it_documents_itself():
    page = document(ManyEdges)
    assert "Says what it does." in page and "number from 0 to 1" in page and "soft, hard" in page


@pytest.mark.parametrize("name", HOOKS)
def test_every_hook_can_be_overridden_and_fails_alone(name):
    """A hook that fails leaves the rest to what would happen without it."""

    def fail(self, *args):
        raise RuntimeError("no")

    kind = type("Failing", (Plugin,), {name: fail})
    assert kind.overridden() == [name]
    calls = CallLog()
    hooks = isolate(kind(), "someone", calls)
    if name == "request":
        return
    assert [one for one in GENERATION_HOOKS if hooks.wants(one)] == [name] * (name in GENERATION_HOOKS)
    assert (hooks.sampling is not None) == (name in SAMPLING_HOOKS)
    target, usual = (hooks, GenerationHooks()) if name in GENERATION_HOOKS else (hooks.sampling, SamplingHooks())
    count = len(inspect.signature(getattr(usual, name)).parameters)
    arguments = (Thing(), *[Thing()] * (count - 1))
    assert getattr(target, name)(*arguments) == getattr(usual, name)(*arguments)
    assert [failure.hook for failure in calls.failures("someone")] == [f"Failing: {name}"]


class Thing:
    """Whatever a hook is given."""

    prompt = negative_prompt = ""

    def ordered_fields(self):
        return []

    def blended(self):
        return "mixed"

    def guided(self):
        return "guided"


def test_what_a_hook_returns_counts_and_what_it_forgets_to_return_does_not():
    class Both(Plugin):
        def sampled(self, latents, images):
            return latents + 1

        def image(self, image, planned):
            planned.append("seen")

        def after_guidance(self, prediction, denoiser):
            return prediction * 2

    calls, seen = CallLog(), []
    hooks = join_hooks([GenerationHooks(), isolate(Both(), "someone", calls)])
    assert hooks.sampled(torch.zeros(1), []).item() == 1
    assert hooks.image("picture", seen) == "picture" and seen == ["seen"]
    assert hooks.sampling.after_guidance(torch.ones(1), None).item() == 2
    assert not hooks.wants("decoded") and not calls.failures("someone")
    assert set(calls.costs("someone")) == {"Both: sampled", "Both: image", "Both: after_guidance"}


def test_provisions_stay_until_their_owner_goes():
    def halfway(denoise, x, levels, noise, on_step):
        return denoise(x, levels[0])

    def change(request, value):
        return GenerationRequest(prompt=value)

    with acting_for("someone"):
        provide_sampler("Halfway", halfway, aliases=("hw",))
        provide_schedule("flat", "Flat", lambda request: torch.linspace(request.sigma_max, 0, request.steps + 1))
        provide_upscaler("Twice", lambda image, scale: image.resize((image.width * 2, image.height * 2)))
        provide_axis("Words", change)
        provide_tab("My tab", lambda: None)
    try:
        assert REGISTRY.current.resolve("Halfway", "Flat") == ("Halfway", "Flat")
        assert REGISTRY.current.alias_map()["hw"] == "Halfway"
        assert [entry.name for entry in PROVIDED.entries] == ["Twice"]
        assert [axis.label for axis in PROVISIONS.axes] == ["Words"]
        assert [(tab.title, tab.tab_id) for tab in PROVISIONS.tabs] == [("My tab", "my_tab")]
    finally:
        PROVISIONS.forget("someone")
    assert REGISTRY.current == BUILTIN
    assert not PROVIDED.entries and not PROVISIONS.axes and not PROVISIONS.tabs


@pytest.fixture
def provide():
    """Let a plugin provide one of each kind; return the log of calls, and what the program calls of each."""

    def provide(function):
        def load():
            provide_sampler("Mine", function)
            provide_schedule("mine", "Mine", function)
            provide_upscaler("Mine", function)
            provide_axis("Mine", function, choices=function)

        calls = CallLog()
        with acting_for("someone"):
            calls.call("someone", "loading", load)
        registry, [axis] = REGISTRY.current, PROVISIONS.axes
        return calls, {"sampler Mine": registry.sampler("Mine").solve, "schedule Mine": registry.scheduler("Mine").make,
                       "upscaler Mine": PROVIDED.find("Mine"), "axis Mine": axis.apply, "choices": axis.choices}

    yield provide
    PROVISIONS.forget("someone")


@pytest.mark.parametrize("provider", ["sampler Mine", "schedule Mine", "upscaler Mine", "axis Mine"])
def test_a_failure_of_what_a_plugin_provides_says_whose_it_is(provide, provider):
    def fail(*args):
        raise ValueError("no idea")

    calls, provided = provide(fail)
    with pytest.raises(PluginError, match=f"The plugin someone failed in {provider}: ValueError: no idea"):
        provided[provider]()
    assert [(failure.hook, failure.error) for failure in calls.failures("someone")] == [
        (provider, "ValueError: no idea")]


@pytest.mark.parametrize("error", [Interrupted(), InvalidRequestError("steps", "no"), MemoryError(),
                                   RuntimeError("CUDA out of memory")])
def test_what_the_program_raises_through_a_plugin_is_not_the_plugins(provide, error):
    def call_back(*args):
        raise error

    calls, provided = provide(call_back)
    for function in provided.values():
        with pytest.raises(type(error)) as raised:
            function()
        assert raised.value is error
    assert not calls.failures("someone")


def test_the_options_of_a_provided_sampler_are_known(provide):
    def solve(denoise, x, levels, noise, on_step, *, eta=1.0):
        return x

    _, provided = provide(solve)
    assert provided["sampler Mine"](None, 3, None, None, None, eta=0) == 3
    assert REGISTRY.current.sampler("Mine").accepts == {"eta"}
