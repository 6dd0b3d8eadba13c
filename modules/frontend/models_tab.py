"""The Models tab: looking at an address, and fetching models. ``assets/models.js`` and ``downloads.js`` fill it."""

from __future__ import annotations

import gradio as gr

_PAGE = """
<div class="models-page">
  <section class="plain-card">
    <h3>Get a model</h3>
    <form class="models-form" id="models_form">
      <label for="models_address">Its name on Hugging Face, or the address of a file</label>
      <div class="models-line">
        <input id="models_address" type="text" spellcheck="false" autocapitalize="off" autocomplete="off"
          placeholder="owner/name or https://…" maxlength="2000">
        <button class="plain-button" id="models_look">🔍 Look</button>
      </div>
    </form>
    <p class="plain-hint">Looking asks the site what it has and under which licence. Nothing is fetched before you
      press Download, and nothing ever by itself.</p>
    <div class="models-found" id="models_found" role="status" aria-live="polite" hidden></div>
    <div class="downloads" data-kind="ordered model" hidden>
      <h4>Your downloads</h4><div class="download-list"></div>
    </div>
  </section>
  <section class="plain-card">
    <h3>Well known</h3>
    <p class="plain-hint">Good models to begin with. Their files are checked against the published hashes.</p>
    <p class="plain-hint models-complete" hidden>All of them are installed.</p>
    <div class="downloads" data-kind="model" hidden><div class="download-list"></div></div>
  </section>
</div>
"""


def build_models_tab() -> None:
    """Build the tab. Its markup is constant: nothing from elsewhere passes through Gradio's templates."""
    gr.HTML(_PAGE, elem_id="models_body", elem_classes=["plain-body"], js_on_load=None, apply_default_css=False)
