"""The browser of networks beside a tab's settings: sub-tabs whose cards ``assets/networks.js`` draws.

The markup is static; names and texts of files reach the page as JSON and become text, never markup.
"""

from __future__ import annotations

from collections.abc import Callable

import gradio as gr

from modules.catalog.catalog import Catalog
from modules.catalog.network_entry import NetworkKind
from modules.foundation.errors import WebUIError
from modules.frontend.network_cards import PAGE_TITLES
from modules.settings.store import SettingsStore

NETWORK_SCRIPTS = ("networks_prompts.js", "networks_grid.js", "networks_folders.js", "networks_card.js",
                   "networks_editor.js", "networks.js")
NETWORK_STYLE = "networks.css"

_TAB_BUTTON = ('<button type="button" role="tab" id="{tab}_{page}-button" data-page="{page}" '
               'aria-controls="{tab}_{shown}" aria-selected="{selected}">{title}</button>')
_SORTS = (("path", "Path"), ("name", "Name"), ("date_created", "Created"), ("date_modified", "Modified"))
_SORT_BUTTON = ('<button type="button" id="{id}_extra_sort_{order}" data-sort="{order}" aria-pressed="false" '
                'title="Order by {title}">{title}</button>')
_PAGE = """
<section class="extra-page" role="tabpanel" id="{id}" data-page="{page}" aria-labelledby="{id}-button" hidden>
  <div id="{id}_cards_html"><div class="extra-network-pane" id="{id}_pane">
    <div class="extra-network-control" id="{id}_controls">
      <input type="search" id="{id}_extra_search" class="extra-network-search" placeholder="Search"
        aria-label="Search {title}" autocomplete="off" spellcheck="false">
      <span class="extra-network-sorts" role="group" aria-label="Order">{sorts}<button type="button"
        id="{id}_extra_sort_dir" data-action="direction" title="Turn the order around">↑</button></span>
      <button type="button" id="{id}_extra_tree_view" data-action="folders" aria-pressed="false"
        title="Show or hide the folders">📁</button>
      <button type="button" id="{id}_extra_refresh" data-action="refresh" title="Look for new files">🔄</button>
    </div>
    <div class="extra-network-content">
      <nav class="extra-network-dirs" id="{id}_dirs" aria-label="Folders" hidden></nav>
      <nav class="extra-network-tree" id="{id}_tree" aria-label="Folders" hidden></nav>
      <div class="extra-network-cards" id="{id}_cards" tabindex="-1"><div class="cards-sizer" role="list"></div>
        <div class="cards-empty" hidden></div></div>
    </div>
    <div class="extra-network-status" role="status"></div>
  </div></div>
</section>
"""


def build_networks_panel(tab: str) -> None:
    """Add the sub-tabs of ``txt2img`` or ``img2img``, as the first thing in its column of settings."""
    first = _TAB_BUTTON.format(tab=tab, page="generation", shown="settings", selected="true", title="Generation")
    others = "".join(
        _TAB_BUTTON.format(tab=tab, page=kind.value, shown=kind.value, selected="false", title=title)
        for kind, title in PAGE_TITLES.items())
    pages = "".join(_page(tab, kind, title) for kind, title in PAGE_TITLES.items())
    markup = (f'<div class="extra-tabs" data-tab="{tab}">'
              f'<div class="extra-tab-nav" role="tablist">{first}{others}</div>{pages}</div>')
    gr.HTML(markup, elem_id=f"{tab}_extra_tabs", elem_classes=["networks-panel"], js_on_load=None,
            apply_default_css=False)


def wire_checkpoint_cards(selector: gr.Dropdown, catalog: Catalog, settings: SettingsStore,
                          titles: Callable[[], list[str]]) -> None:
    """Let a card change the checkpoint that the selector above the tabs shows."""
    button = gr.Button(visible="hidden", elem_id="change_checkpoint")

    def choose(name: str) -> dict:
        try:
            title = catalog.require(name).title
            settings.update({"sd_model_checkpoint": title})
        except WebUIError as error:
            raise gr.Error(str(error), print_exception=False) from error
        return gr.update(choices=titles(), value=title)

    button.click(choose, selector, selector, api_visibility="private", queue=False, show_progress="hidden",
                 js="(current) => webui.networks.checkpoint ?? current")
    selector.change(None, None, None, js="() => { webui.networks.checkpointChanged(); }", api_visibility="private")


def _page(tab: str, kind: NetworkKind, title: str) -> str:
    identity = f"{tab}_{kind.value}"
    sorts = "".join(_SORT_BUTTON.format(id=identity, order=order, title=words) for order, words in _SORTS)
    return _PAGE.format(id=identity, page=kind.value, title=title, sorts=sorts)
