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
  <div class="gallery-empty"><p>Your pictures will appear here.</p><p class="hint">Write what you would like to see
    and press Generate.</p></div>
  <button type="button" class="gallery-main" id="{tab}_gallery" title="Click to enlarge" hidden><img alt=""></button>
  <div class="gallery-strip" role="listbox" aria-label="Pictures" hidden></div>
  <div class="gallery-actions" id="image_buttons_{tab}" hidden>
    <a class="action" data-action="download" download>⬇️ Download</a>
    <button type="button" class="action" data-action="keep" id="save_{tab}"
      title="Copy it to the folder of saved pictures">💾 Save</button>
    <button type="button" class="action" data-action="zip">🗃️ Zip</button>
    <button type="button" class="action" data-action="copy">📋 Copy parameters</button>
    <button type="button" class="action" data-action="reuse">↙️ Use these settings</button>
  </div>
  <pre class="infotext" id="html_info_{tab}" hidden></pre>
  <div class="result-log" id="html_log_{tab}"></div>
</div>
"""


def build_output_panel(tab: str) -> None:
    """Add the panel of ``tab``; ids are A1111's."""
    gr.HTML(_PANEL.format(tab=tab), elem_id=f"{tab}_results_panel", js_on_load=None)
