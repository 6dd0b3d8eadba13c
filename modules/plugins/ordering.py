"""A stable order that keeps to wishes: what nobody has a wish about stays where it was."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from modules.plugins.metadata import Wishes


def stable_order(names: Sequence[str], comes_after: Mapping[str, Iterable[str]],
                 report: Callable[[str], None]) -> list[str]:
    """Put every name behind those it comes after; a wish that closes a circle is reported and left out."""
    ordered: dict[str, None] = {}
    known = set(names)

    def place(name: str, above: tuple[str, ...]) -> None:
        for earlier in comes_after.get(name, ()):
            if earlier in above or earlier == name:
                start = above.index(earlier) if earlier in above else len(above)
                circle = " → ".join((*above[start:], name, earlier))
                report(f"The wishes for the order go round in a circle: {circle}.")
            elif earlier in known and earlier not in ordered:
                place(earlier, (*above, name))
        ordered.setdefault(name)

    for name in names:
        if name not in ordered:
            place(name, ())
    return list(ordered)


def wishes_as_order(wishes: Mapping[str, Wishes], members: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """Turn wishes into what each name comes after. ``members``: the names that a group's name stands for."""
    after: dict[str, list[str]] = {name: [] for name in wishes}

    def meant(names: Iterable[str], besides: str) -> list[str]:
        return [one for name in names for one in members.get(name, (name,)) if one in wishes and one != besides]

    for name, wish in wishes.items():
        required = [one for group in wish.requires for one in group]
        after[name] += meant((*wish.after, *required), name)
        for later in meant(wish.before, name):
            after[later].append(name)
    return after
