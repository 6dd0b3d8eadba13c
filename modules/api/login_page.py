"""The page that asks for a name and a password. Plain HTML: it works without scripts."""

from __future__ import annotations

import html

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Log in – Stable Diffusion web UI</title>
<style>
:root {{ color-scheme: light dark; --ground: #f4f4f6; --card: #fff; --text: #1f2328; --line: #d0d3d9;
  --accent: #b84f06; --on-accent: #fff; --bad: #b3261e; }}
@media (prefers-color-scheme: dark) {{
  :root {{ --ground: #0f1115; --card: #1a1d23; --text: #e6e8eb; --line: #3a3f48; --accent: #f0883e;
    --on-accent: #1a1d23; --bad: #ff8a80; }}
}}
* {{ box-sizing: border-box; }}
body {{ margin: 0; min-height: 100vh; display: grid; place-items: center; background: var(--ground);
  color: var(--text); font: 16px/1.5 system-ui, sans-serif; }}
form {{ width: min(22rem, calc(100vw - 2rem)); padding: 2rem; background: var(--card);
  border: 1px solid var(--line); border-radius: 12px; }}
h1 {{ margin: 0 0 1.25rem; font-size: 1.2rem; }}
label {{ display: block; margin-bottom: 1rem; font-size: .875rem; }}
input {{ display: block; width: 100%; margin-top: .3rem; padding: .6rem .7rem; font: inherit; color: inherit;
  background: transparent; border: 1px solid var(--line); border-radius: 8px; }}
input:focus {{ outline: 2px solid var(--accent); outline-offset: 1px; }}
button {{ width: 100%; padding: .65rem; font: inherit; font-weight: 600; color: var(--on-accent);
  background: var(--accent); border: 0; border-radius: 8px; cursor: pointer; }}
p {{ margin: 0 0 1rem; color: var(--bad); font-size: .875rem; }}
</style>
</head>
<body>
<form method="post" action="{action}">
<h1>Stable Diffusion web UI</h1>
{message}<label>User name<input name="username" autocomplete="username" required autofocus></label>
<label>Password<input name="password" type="password" autocomplete="current-password" required></label>
<input name="next" type="hidden" value="{target}">
<button>Log in</button>
</form>
</body>
</html>
"""


def login_page(action: str, target: str, message: str = "") -> bytes:
    """Return the page. ``target`` is where a successful login leads; ``message`` what went wrong."""
    shown = f'<p role="alert">{html.escape(message)}</p>\n' if message else ""
    page = _PAGE.format(action=html.escape(action), target=html.escape(target), message=shown)
    return page.encode()
