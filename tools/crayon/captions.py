"""Put a scene into words: templates, synonyms and tag lists, settled by a seed."""

from __future__ import annotations

import random

from tools.crayon.scene import NATURAL_COLOURS, Scene, Thing

NOUNS = {
    "circle": ("circle", "circle", "ball", "disc"),
    "star": ("star",),
    "heart": ("heart",),
    "tree": ("tree",),
    "house": ("house", "house", "house", "home", "cottage"),
    "mountain": ("mountain",),
    "sun": ("sun",),
    "moon": ("moon", "moon", "moon", "crescent moon"),
    "cloud": ("cloud",),
    "boat": ("boat", "boat", "boat", "ship", "sailboat"),
    "fish": ("fish",),
    "flower": ("flower", "flower", "flower", "blossom"),
    "cat": ("cat", "cat", "cat", "kitten"),
    "penguin": ("penguin",),
}
COLOUR_WORDS = {
    "gray": ("gray", "grey"),
    "teal": ("teal", "teal", "cyan", "turquoise"),
    "purple": ("purple", "purple", "purple", "violet"),
}
PLACE_PHRASES = {
    "day": ("on a sunny day", "during the day", "by day", "under a blue sky", "in daylight"),
    "night": ("at night", "at night", "at night", "in the night", "under a night sky", "on a starry night"),
    "sunset": ("at sunset", "at sunset", "in the sunset", "at dusk", "in the evening"),
    "snow": ("in the snow", "in the snow", "on snow", "in winter", "in a snowy field"),
    "sea": ("in the sea", "in the sea", "at sea", "on the sea", "in the ocean", "on the water", "in the water"),
    "grass": ("on grass", "on the grass", "in a meadow", "in a green field", "in the garden"),
}
PLACE_TAGS = {
    "day": ("day", "sunny day", "blue sky"),
    "night": ("night", "night sky", "starry night"),
    "sunset": ("sunset", "dusk", "evening"),
    "snow": ("snow", "winter"),
    "sea": ("sea", "ocean", "water"),
    "grass": ("grass", "meadow", "garden"),
}
RELATION_PHRASES = {
    "left": ("left of", "to the left of", "on the left of"),
    "right": ("right of", "to the right of", "on the right of"),
    "above": ("above", "above", "over", "on top of"),
    "under": ("under", "under", "below", "beneath"),
}
STYLE_PHRASES = {
    "outline": ("outline", "line art", "outline drawing"),
    "pixel art": ("pixel art", "pixel art", "8 bit pixel art"),
    "watercolor": ("watercolor", "watercolor painting", "watercolour"),
    "pencil": ("pencil drawing", "pencil sketch", "colored pencil"),
    "flat": ("flat", "flat illustration", "flat colors"),
}
BLUR_WORDS = ("blurry", "blurry", "out of focus", "blurred", "low quality, blurry", "bad quality, blurry")
PRAISE = ("best quality", "masterpiece", "high quality", "sharp", "detailed", "cute", "beautiful")
OPENINGS = ("a picture of", "a drawing of", "an illustration of", "picture book illustration of", "a painting of")
NUMBERS = {1: "a", 2: "two", 3: "three"}


def caption(scene: Scene, variant: int = 0) -> str:
    """Describe a scene; each variant is another wording, and the same arguments give the same words."""
    rng = random.Random(f"caption {scene.seed} {variant}")
    text = _tags(rng, scene) if rng.random() < 0.2 else _sentence(rng, scene)
    if scene.blurred:
        return f"{text}, {rng.choice(BLUR_WORDS)}"
    if rng.random() < 0.08:
        return f"{text}, {rng.choice(PRAISE)}"
    return text


def _sentence(rng: random.Random, scene: Scene) -> str:
    text = _noun_phrase(rng, scene.subject, scene.count)
    if scene.other is not None and scene.relation is not None:
        text += f" {rng.choice(RELATION_PHRASES[scene.relation])} {_noun_phrase(rng, scene.other, 1)}"
    background = _background(rng, scene)
    if background:
        text += rng.choice((" ", " ", " ", ", ")) + background
    style = _style(rng, scene)
    if style and rng.random() < 0.4:
        return f"{style} of {text}"
    if rng.random() < 0.15:
        text = f"{rng.choice(OPENINGS)} {text}"
    return f"{text}, {style}" if style else text


def _tags(rng: random.Random, scene: Scene) -> str:
    """List the scene as comma-separated tags, the way many people write prompts."""
    tags = [_noun_phrase(rng, scene.subject, scene.count, article=False)]
    if scene.other is not None and scene.relation is not None:
        relation = rng.choice(RELATION_PHRASES[scene.relation])
        tags = [f"{tags[0]} {relation} {_noun_phrase(rng, scene.other, 1, article=False)}"]
    if scene.place is not None:
        tags.append(rng.choice(PLACE_TAGS[scene.place]))
    elif scene.paper is not None:
        tags.append(f"{_colour_word(rng, scene.paper)} background")
    style = _style(rng, scene)
    if style:
        tags.append(style)
    return ", ".join(tags)


def _noun_phrase(rng: random.Random, thing: Thing, count: int, article: bool = True) -> str:
    noun = rng.choice(NOUNS[thing.kind])
    colour = _colour_word(rng, thing.colour)
    if thing.colour in NATURAL_COLOURS[thing.kind] and thing.kind != "circle" and rng.random() < 0.35:
        colour = ""
    words = f"{colour} {_plural(noun) if count > 1 else noun}".strip()
    if count > 1:
        return f"{NUMBERS[count]} {words}"
    if not article:
        return words
    if thing.kind in ("sun", "moon") and not colour:
        return f"the {words}"
    return f"{'an' if words[0] in 'aeiou' else 'a'} {words}"


def _plural(noun: str) -> str:
    return noun if noun == "fish" else f"{noun}s"


def _colour_word(rng: random.Random, colour: str) -> str:
    return rng.choice(COLOUR_WORDS.get(colour, (colour,)))


def _background(rng: random.Random, scene: Scene) -> str:
    """Name the background; day and white paper often go unsaid."""
    unsaid = 0.6 if scene.background in ("day", "white paper") else 0.0
    if rng.random() < unsaid:
        return ""
    if scene.place is not None:
        return rng.choice(PLACE_PHRASES[scene.place])
    colour = _colour_word(rng, scene.paper or "white")
    article = "an" if colour[0] in "aeiou" else "a"
    return rng.choice((f"on {article} {colour} background", f"on {colour} paper", f"{colour} background"))


def _style(rng: random.Random, scene: Scene) -> str:
    if scene.style == "flat" and rng.random() < 0.93:
        return ""
    return rng.choice(STYLE_PHRASES[scene.style])
