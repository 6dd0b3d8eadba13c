from __future__ import annotations

import json
from pathlib import Path

import pytest

from modules.foundation.errors import InvalidRequestError
from modules.sampling.registry import BUILTIN, SAME_SAMPLER, SAME_SCHEDULER, SamplerSpec, SchedulerSpec
from modules.sampling.schedules import karras
from modules.sampling.solvers.euler import euler

GOLDEN = json.loads((Path(__file__).parents[1] / "fixtures/sampling/schedules.json").read_text())


def test_table_is_a1111s() -> None:
    table = [{"name": s.label, "aliases": list(s.aliases), "options": s.options} for s in BUILTIN.samplers]
    assert table == GOLDEN["samplers"]
    assert [s.label for s in BUILTIN.schedulers] == list(GOLDEN["schedulers"])


@pytest.mark.parametrize(("sampler", "scheduler", "shown", "generated"), [
    ("DPM++ 2M Karras", None, ("DPM++ 2M", "Automatic"), ("DPM++ 2M", "Karras")),
    ("Euler Karras", None, ("Euler", "Karras"), ("Euler", "Karras")),
    ("DPM++ 2M", None, ("DPM++ 2M", "Automatic"), ("DPM++ 2M", "Automatic")),
    ("DPM++ 2M", "Karras", ("DPM++ 2M", "Automatic"), ("DPM++ 2M", "Karras")),
    ("DPM++ 2M SDE Exponential", None, ("DPM++ 2M SDE", "Automatic"), ("DPM++ 2M SDE", "Exponential")),
    ("DPM++ 2M SDE Heun Karras", None, ("DPM++ 2M SDE Heun", "Karras"), ("DPM++ 2M SDE Heun", "Karras")),
    ("Euler SGMUniform", None, ("Euler", "SGM Uniform"), ("Euler", "SGM Uniform")),
    ("k_euler", None, ("DPM++ 2M", "Automatic"), ("DPM++ 2M", "Automatic")),
    ("euler a", None, ("DPM++ 2M", "Automatic"), ("DPM++ 2M", "Automatic")),
    ("Nope", None, ("DPM++ 2M", "Automatic"), ("DPM++ 2M", "Automatic")),
    (None, None, ("DPM++ 2M", "Automatic"), ("DPM++ 2M", "Automatic")),
    ("Euler", "karras", ("Euler", "Karras"), ("Euler", "Karras")),
    ("Euler", "Turbo", ("Euler", "Automatic"), ("Euler", "Automatic")),
])
def test_resolving(sampler: str | None, scheduler: str | None, shown: tuple[str, str],
                   generated: tuple[str, str]) -> None:
    assert BUILTIN.resolve(sampler, scheduler) == shown
    assert BUILTIN.resolve(sampler, scheduler, convert_automatic=False) == generated


@pytest.mark.parametrize(("main", "hires", "expected"), [
    (("Euler", "Karras"), (SAME_SAMPLER, SAME_SCHEDULER), (SAME_SAMPLER, SAME_SCHEDULER)),
    (("Euler", "Karras"), (None, None), (SAME_SAMPLER, SAME_SCHEDULER)),
    (("Euler", "Karras"), ("Euler a", SAME_SCHEDULER), ("Euler a", SAME_SCHEDULER)),
    (("Euler", "Karras"), ("DPM++ 2M", SAME_SCHEDULER), ("DPM++ 2M", "Automatic")),
    (("Euler", "Automatic"), (SAME_SAMPLER, "Beta"), (SAME_SAMPLER, "Beta")),
    (("DPM++ 2M", "Automatic"), ("DPM++ 2M Karras", None), (SAME_SAMPLER, SAME_SCHEDULER)),
])
def test_resolving_the_second_pass(main: tuple[str, str], hires: tuple[str | None, str | None],
                                   expected: tuple[str, str]) -> None:
    assert BUILTIN.resolve_hires(main, hires) == expected


def test_aliases_ignore_case() -> None:
    aliases = BUILTIN.alias_map()
    assert aliases["k_euler_ancestral"] == aliases["k_euler_a"] == aliases["euler a"] == "Euler a"
    assert aliases["unipc"] == "UniPC"


@pytest.mark.parametrize(("label", "steps", "total"), [("Euler", 20, 20), ("Heun", 20, 40), ("DPM++ SDE", 7, 14),
                                                       ("DDIM", 20, 20), ("Restart", 36, 72)])
def test_second_order_counts_twice(label: str, steps: int, total: int) -> None:
    assert BUILTIN.sampler(label).total_steps(steps) == total


@pytest.mark.parametrize(("label", "accepted"), [
    ("Euler", {"s_churn", "s_tmin", "s_tmax", "s_noise"}), ("Heun", {"s_churn", "s_tmin", "s_tmax", "s_noise"}),
    ("Euler a", {"eta"}), ("DPM++ 2S a", {"eta", "s_noise"}), ("DPM++ 2M SDE Heun", {"eta", "s_noise"}),
    ("DPM adaptive", {"eta"}), ("DPM fast", {"eta", "s_noise", "steps"}), ("Restart", set()), ("LCM", set()),
    ("DPM++ 2M", set()), ("PLMS", {"alphas_cumprod"}), ("DDIM", {"eta", "alphas_cumprod"}),
])
def test_accepted_options(label: str, accepted: set[str]) -> None:
    assert BUILTIN.sampler(label).accepts == accepted


@pytest.mark.parametrize(("field", "name"), [("sampler_name", "k_euler"), ("scheduler", "Turbo")])
def test_unknown_names_are_refused_with_what_there_is(field: str, name: str) -> None:
    with pytest.raises(InvalidRequestError, match="expected one of") as refusal:
        BUILTIN.sampler(name) if field == "sampler_name" else BUILTIN.scheduler(name)
    assert refusal.value.field == field


def test_plugins_add_and_replace() -> None:
    registry = BUILTIN.with_sampler(SamplerSpec("Mine", euler)).with_scheduler(SchedulerSpec("mine", "My own", karras))
    assert registry.resolve("Mine My own", None) == ("Mine", "My own")
    replaced = registry.with_sampler(SamplerSpec("Mine", euler, aliases=("k_mine",)))
    assert len(replaced.samplers) == len(registry.samplers) == len(BUILTIN.samplers) + 1
    assert replaced.alias_map()["k_mine"] == "Mine"
    assert BUILTIN.resolve("Mine", None) == ("DPM++ 2M", "Automatic")
