"""The Extensions tab. ``assets/extensions.js`` fills it."""

from __future__ import annotations

import gradio as gr

_PAGE = """
<div class="extensions-page">
  <section class="plain-card" id="extensions_installed">
    <div class="extensions-head">
      <h3>Installed</h3>
      <div class="extensions-actions">
        <label class="extensions-level" for="extensions_disable_all">Switch off
          <select id="extensions_disable_all">
            <option value="none">none of them</option>
            <option value="extra">all that were added</option>
            <option value="all">all</option>
          </select>
        </label>
        <button type="button" class="plain-button" id="extensions_check">Check for updates</button>
        <button type="button" class="plain-button plain-primary" id="extensions_apply" disabled>Apply</button>
      </div>
    </div>
    <p class="extensions-note" id="extensions_note" role="status" hidden></p>
    <div id="extensions_installed_html"></div>
  </section>
  <section class="plain-card" id="extensions_install">
    <h3>Install</h3>
    <form class="extensions-form" id="extensions_form">
      <label>The address of a git repository, or a folder or zip file of this computer
        <input type="text" id="extension_url" spellcheck="false" autocapitalize="off" autocomplete="off"
          placeholder="https://…" maxlength="500">
      </label>
      <div class="extensions-pair">
        <label>Branch <input type="text" id="extension_branch" spellcheck="false" autocapitalize="off"
          autocomplete="off" placeholder="the usual one" maxlength="200"></label>
        <label>Name of the folder <input type="text" id="extension_dirname" spellcheck="false" autocapitalize="off"
          autocomplete="off" placeholder="as its source is called" maxlength="100"></label>
      </div>
      <p class="plain-hint">An extension is a program: it can do on this computer whatever you can. Install what
        you trust. Its packages are installed at the next start, or when you press Load; the web UI's own packages are
        never moved by it.</p>
      <button class="plain-button plain-primary" id="extension_install_button">Install</button>
    </form>
    <p class="extensions-note" id="extension_install_result" role="status" hidden></p>
  </section>
</div>
"""


def build_extensions_tab() -> None:
    """Build the tab. Its markup is constant: nothing from elsewhere passes through Gradio's templates."""
    gr.HTML(_PAGE, elem_id="tabs_extensions", elem_classes=["plain-body"], js_on_load=None,
            apply_default_css=False)
