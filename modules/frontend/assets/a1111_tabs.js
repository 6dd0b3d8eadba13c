// What scripts of A1111's extensions call: tabs, galleries, and what stands in them.
/* exported get_uiCurrentTabContent, switch_to_txt2img, switch_to_img2img, switch_to_sketch, switch_to_inpaint */
/* exported switch_to_inpaint_sketch, switch_to_extras, extract_image_from_gallery, get_img2img_tab_index, selectCheckpoint */
/* exported inputAccordionChecked, setupExtraNetworksForTab, updatePromptArea, cardClicked, extraNetworksEditUserMetadata */
var activePromptTextarea = {};
var desiredCheckpointName = null;

function get_uiCurrentTab() {
    return document.querySelector('#tabs .tab-nav button[aria-selected=true]');
}

function get_uiCurrentTabContent() {
    return document.querySelector('#tabs ~ .tab-page:not(.tab-page-hidden)')
        ?? document.getElementById(get_uiCurrentTab()?.getAttribute('aria-controls'));
}

function get_tab_index(id) {
    const buttons = [...document.querySelectorAll(`#${id} [role=tablist] button[role=tab], #${id} .tab-nav button`)];
    return Math.max(new Set(buttons).size ? [...new Set(buttons)].findIndex(
        (button) => button.getAttribute('aria-selected') === 'true') : 0, 0);
}

function get_img2img_tab_index() {
    return [get_tab_index('mode_img2img'), ...[...arguments].slice(1)];
}

function switch_to_img2img_tab(number) {
    webui.showTab('img2img');
    document.querySelectorAll('#mode_img2img [role=tab]')[number]?.click();
}

function switch_to_txt2img() { webui.showTab('txt2img'); return [...arguments]; }
function switch_to_img2img() { switch_to_img2img_tab(0); return [...arguments]; }
function switch_to_sketch() { switch_to_img2img_tab(1); return [...arguments]; }
function switch_to_inpaint() { switch_to_img2img_tab(2); return [...arguments]; }
function switch_to_inpaint_sketch() { switch_to_img2img_tab(3); return [...arguments]; }
function switch_to_extras() { webui.showTab('extras'); return [...arguments]; }

function all_gallery_buttons() {
    return [...(get_uiCurrentTabContent() ?? document).querySelectorAll('.thumbnail-item')].filter(uiElementIsVisible);
}

function selected_gallery_button() {
    return all_gallery_buttons().find((button) => button.classList.contains('selected')
        || button.getAttribute('aria-selected') === 'true') ?? null;
}

function selected_gallery_index() {
    return all_gallery_buttons().indexOf(selected_gallery_button());
}

function extract_image_from_gallery(gallery) {
    if (!gallery?.length) return [null];
    return [gallery[Math.min(Math.max(selected_gallery_index(), 0), gallery.length - 1)]];
}

function selectCheckpoint(name) {
    desiredCheckpointName = name;
    webui.networks.checkpoint = name;
    webui.element('change_checkpoint').click();
}

// A section whose heading has a switch: tick or untick it.
function inputAccordionChecked(id, checked) {
    const box = document.querySelector(`#${id}-checkbox input`);
    if (box && box.checked !== Boolean(checked)) box.click();
    const head = document.querySelector(`#${id} > .label-wrap, #${id} .label-wrap`);
    if (head && head.classList.contains('open') !== Boolean(checked)) head.click();
}

// The program's own browser of networks needs no help.
function setupExtraNetworksForTab() {}
function extraNetworksEditUserMetadata() {}

function updatePromptArea(text, area) {
    const before = area.value;
    webui.setValue(area, before.includes(text) ? before.replace(text, '').trim()
        : [before.trimEnd(), text].filter(Boolean).join(opts.extra_networks_add_text_separator ?? ' '));
}

function cardClicked(tab, text) {
    const area = activePromptTextarea[tab] ?? document.querySelector(`#${tab}_prompt textarea`);
    if (area) updatePromptArea(text, area);
}

(() => {
    // A1111 tells the open tab by a class.
    webui.markTabs = () => {
        for (const button of document.querySelectorAll('.tab-strip [role=tab]')) {
            button.classList.toggle('selected', button.getAttribute('aria-selected') === 'true');
        }
        const current = get_uiCurrentTab();
        if (current === uiCurrentTab) return;
        uiCurrentTab = current;
        executeCallbacks(uiTabChangeCallbacks);
    };

    // A picture and its parameters, from a button of a plugin to one of our tabs.
    webui.sendFromPlugin = (target, text) => {
        const {picture, infotext} = JSON.parse(text || '{}');
        const goal = {sketch: 'img2img'}[target] ?? target;
        if (!picture && goal !== 'txt2img') return;
        webui.send(goal, {url: picture ? `internal/pictures/${picture}` : '', infotext: infotext ?? ''},
            {everything: Boolean(infotext)}).catch((error) => console.info('Not sent:', error.message));
    };

    document.addEventListener('webui:page', () => webui.markTabs());
    document.addEventListener('focusin', ({target}) => {
        const tab = target.tagName === 'TEXTAREA' && target.closest('.prompt')?.id.replace(/_(neg_)?prompt$/, '');
        if (tab) activePromptTextarea[tab] = target;
    });
    webui.onLoaded(() => {
        for (const tab of webui.forms()) {
            activePromptTextarea[tab] ??= document.querySelector(`#${tab}_prompt textarea`);
        }
    });
})();
