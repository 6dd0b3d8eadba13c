"""The API's description as a page that needs no other server: A1111's loads its viewer from the web."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

DESCRIPTION = """Two interfaces over one queue: `/sdapi/v1` speaks A1111's language, so that its clients work
unchanged; `/jobs` and `/pictures` are our own: a job outlives the connection that asked for it, tells what happens,
and can be asked for again."""
TAGS = [
    {"name": "Jobs", "description": "Our own interface: hand in, follow, stop, fetch."},
    {"name": "Pictures to start from", "description": "Hand in pictures once, name them in any number of jobs."},
    {"name": "Generation", "description": "A1111's interface: the answer comes when the pictures are finished."},
    {"name": "Extras", "description": "Enlarging and repairing pictures."},
    {"name": "Control"}, {"name": "Options"}, {"name": "Lists"}, {"name": "Pictures"}, {"name": "Training"},
    {"name": "Internal", "description": "What A1111's page asks; programs use some of it."},
]
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} – HTTP API</title><style>
:root {{ color-scheme: light dark; --ground: #f4f4f6; --card: #fff; --text: #1f2328; --line: #d0d3d9;
 --accent: #b84f06; }}
@media (prefers-color-scheme: dark) {{ :root {{ --ground: #0f1115; --card: #1a1d23; --text: #e6e8eb; --line: #3a3f48;
 --accent: #f0883e; }} }}
body {{ margin: 0 auto; max-width: 60rem; padding: 1.5rem; background: var(--ground); color: var(--text);
 font: 16px/1.5 system-ui, sans-serif; }}
details {{ margin: .4rem 0; padding: .5rem .8rem; background: var(--card); border: 1px solid var(--line);
 border-radius: 8px; }}
summary {{ cursor: pointer; }} code, pre {{ font: 14px/1.45 ui-monospace, monospace; }}
pre {{ overflow: auto; max-height: 24rem; }} b.verb {{ color: var(--accent); }}
table {{ width: 100%; border-collapse: collapse; font-size: .9rem; }}
td, th {{ padding: .25rem .6rem .25rem 0; border-bottom: 1px solid var(--line); text-align: left;
 vertical-align: top; }}
</style></head><body><h1>{title} {version}</h1><p>{description}</p>
<p>The same for programs: <a href="openapi.json">openapi.json</a></p>
{sections}</body></html>
"""


def documentation_page(description: Mapping[str, Any]) -> str:
    """Write an OpenAPI description as one page of HTML."""
    info = description["info"]
    sections = "".join(_section(tag, description) for tag in description.get("tags", ()))
    return _PAGE.format(title=escape(info["title"]), version=escape(info["version"]), sections=sections,
                        description=escape(info.get("description", "")))


def _section(tag: Mapping[str, str], description: Mapping[str, Any]) -> str:
    routes = "".join(_route(verb, path, facts, description)
                     for path, verbs in description["paths"].items() for verb, facts in verbs.items()
                     if tag["name"] in facts.get("tags", ()))
    if not routes:
        return ""
    return f"<h2>{escape(tag['name'])}</h2><p>{escape(tag.get('description', ''))}</p>{routes}"


def _route(verb: str, path: str, facts: Mapping[str, Any], description: Mapping[str, Any]) -> str:
    parts = [f"<p>{escape(facts.get('description', ''))}</p>"]
    rows = [(one["name"], one.get("schema", {}), f"in {one['in']}") for one in facts.get("parameters", ())]
    if rows:
        parts.append(_table(rows, description))
    for kind, content in facts.get("requestBody", {}).get("content", {}).items():
        parts.append(f"<h4>Body: <code>{escape(kind)}</code></h4>{_schema(content.get('schema', {}), description)}")
    for status, answer in facts.get("responses", {}).items():
        schemas = [content.get("schema", {}) for content in answer.get("content", {}).values()]
        shown = "".join(_schema(schema, description) for schema in schemas if schema)
        parts.append(f"<h4>{escape(str(status))} {escape(answer.get('description', ''))}</h4>{shown}")
    return (f"<details><summary><b class=verb>{escape(verb.upper())}</b> <code>{escape(path)}</code></summary>"
            f"{''.join(parts)}</details>")


def _schema(schema: Mapping[str, Any], description: Mapping[str, Any]) -> str:
    found = _resolve(schema, description)
    examples = [json.dumps(example, indent=2, ensure_ascii=False) for example in found.get("examples", ())[:1]]
    shown = "".join(f"<pre>{escape(example)}</pre>" for example in examples)
    properties = [(name, one, "") for name, one in found.get("properties", {}).items()]
    return shown + (_table(properties, description) if properties else f"<p><code>{escape(_kind(found))}</code></p>")


def _table(rows: list[tuple[str, Mapping[str, Any], str]], description: Mapping[str, Any]) -> str:
    lines = (f"<tr><td><code>{escape(name)}</code><td>{escape(_kind(_resolve(schema, description)))}"
             f"<td>{escape(' '.join(_remarks(schema, note)))}" for name, schema, note in rows)
    return f"<table>{''.join(lines)}</table>"


def _remarks(schema: Mapping[str, Any], note: str) -> Iterator[str]:
    if note:
        yield f"({note})"
    if schema.get("description"):
        yield schema["description"]
    if "default" in schema:
        yield f"Default: {json.dumps(schema['default'], ensure_ascii=False)}."


def _resolve(schema: Mapping[str, Any], description: Mapping[str, Any]) -> Mapping[str, Any]:
    name = schema.get("$ref", "").rpartition("/")[2]
    return description["components"]["schemas"].get(name, schema) if name else schema


def _kind(schema: Mapping[str, Any]) -> str:
    """Say a type in a few words."""
    if "anyOf" in schema:
        return " or ".join(_kind(one) for one in schema["anyOf"])
    if "enum" in schema:
        return ", ".join(map(str, schema["enum"]))
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    kind = str(schema.get("type", "anything"))
    if kind == "array":
        kind = f"list of {_kind(schema.get('items', {}))}"
    limits = [f"{sign} {schema[key]:g}" for key, sign in (("minimum", "≥"), ("maximum", "≤")) if key in schema]
    return " ".join([kind, *limits])
