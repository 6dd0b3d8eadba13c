"""The right-hand side of a tab: progress, pictures and what was written about them.

The markup is static; ``assets/gallery.js`` and ``assets/jobs.js`` fill it. Nothing a person typed passes
through Gradio's HTML templates, which would run it as code.
"""

from __future__ import annotations

import gradio as gr

_PANEL = """
<div class="output-panel" data-tab="{tab}">
  <div class="progress-panel" hidden>
    <div class="progress-track"><div class="progress-bar"></div></div>
    <div class="progress-text" role="status" aria-live="polite"></div>
  </div>
  <a class="action grid-link" target="_blank" title="Zoom, look closely, try failed cells again, save as one file"
    hidden>📊 Open the grid</a>
  <div class="gallery-empty"><p>Your pictures will appear here.</p><p class="hint">{hint}</p></div>
  <button type="button" class="gallery-main" id="{tab}_gallery" title="Click to enlarge" hidden><img alt=""></button>
  <div class="gallery-strip" role="listbox" aria-label="Pictures" hidden></div>
  <div class="gallery-actions" id="image_buttons_{tab}" hidden>
    <a class="action" data-action="download" download>⬇️ Download</a>
    <button type="button" class="action" data-action="keep" id="save_{tab}"
      title="Copy it to the folder of saved pictures">💾 Save</button>
    <button type="button" class="action" data-action="zip" id="save_zip_{tab}">🗃️ Zip</button>
    <button type="button" class="action" data-action="copy">📋 Copy parameters</button>
    {reuse}
    {sending}
  </div>
  <pre class="infotext" id="html_info_{tab}" hidden></pre>
  <div class="result-log" id="html_log_{tab}"></div>
</div>
"""
_WORK_PANEL = """
<div class="output-panel" data-tab="{tab}">
  <div class="progress-panel" hidden>
    <div class="progress-track"><div class="progress-bar"></div></div>
    <div class="progress-text" role="status" aria-live="polite"></div>
  </div>
  <div class="gallery-empty"><p>{empty}</p><p class="hint">{hint}</p></div>
  <div class="result-log" id="{result_id}" role="status"></div>
</div>
"""
_REUSE = '<button type="button" class="action" data-action="reuse">↙️ Use these settings</button>'
_UPSCALE = """<button type="button" class="action" data-action="upscale" id="txt2img_upscale"
      title="Make this picture larger with the settings of Hires. fix">✨ Enlarge</button>"""
_TARGETS = (
    ("txt2img", "✏️", "txt2img", "Take its parameters over to txt2img"),
    ("img2img", "🖼️", "img2img", "Go on from this picture"),
    ("inpaint", "🎨", "inpaint", "Change a part of this picture"),
    ("outpaint", "🧩", "outpaint", "Extend this picture beyond its edges"),
    ("extras", "📐", "extras", "Enlarge or repair this picture"),
)
HINTS = {
    "img2img": "Choose a picture, write what it should become and press Generate.",
    "outpaint": "Choose a picture, pull its frame larger and press Generate.",
    "extras": "Choose a picture and press Generate.",
}
_DEFAULT_HINT = "Write what you would like to see and press Generate."


def build_output_panel(tab: str) -> None:
    """Add the panel of ``tab``; ids are A1111's."""
    panel = _PANEL.format(tab=tab, hint=HINTS.get(tab, _DEFAULT_HINT), sending=_sending(tab),
                          reuse=_REUSE if tab != "extras" else "")
    gr.HTML(panel, elem_id=f"{tab}_results_panel", elem_classes=["results-panel"], js_on_load=None,
            apply_default_css=False)


def build_work_panel(tab: str, *, empty: str, hint: str, result_id: str) -> None:
    """Add a panel for work that makes no pictures: progress, and what came of it. Texts are constants of ours."""
    panel = _WORK_PANEL.format(tab=tab, empty=empty, hint=hint, result_id=result_id)
    gr.HTML(panel, elem_id=f"{tab}_results_panel", elem_classes=["results-panel"], js_on_load=None,
            apply_default_css=False)


def _sending(tab: str) -> str:
    buttons = "".join(
        f'<button type="button" class="action" data-send="{target}" id="{tab}_send_to_{target}" title="{title}">'
        f"{symbol} {words}</button>"
        for target, symbol, words, title in _TARGETS if target != tab)
    upscale = _UPSCALE if tab == "txt2img" else ""
    return f'<div class="send-to"><span class="send-to-label">Send to</span>{buttons}{upscale}</div>'
