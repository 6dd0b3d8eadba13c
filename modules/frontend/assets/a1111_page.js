// What scripts of A1111's extensions call: finding the page, and being told when it is there and when it changes.
// Names and behaviour are A1111's; everything here is global, because those scripts expect it so.
/* exported uiElementInSight, onUiTabChange, onOptionsAvailable, onOptionsChanged, onAfterUiUpdate, onUiUpdate, onUiLoaded */
var opts = window.opts ?? {};
var localization = window.localization ?? {};
var uiUpdateCallbacks = [];
var uiAfterUpdateCallbacks = [];
var uiLoadedCallbacks = [];
var uiTabChangeCallbacks = [];
var optionsChangedCallbacks = [];
var optionsAvailableCallbacks = [];
var uiAfterScriptsCallbacks = [];
var uiCurrentTab = null;

function gradioApp() {
    const app = document.querySelector('gradio-app');
    if (!app) return document;
    app.getElementById = (id) => document.getElementById(id);
    return app;
}

// Call each function of a list; what one lets out is told on the console, and the others are called all the same.
function executeCallbacks(queue, arg) {
    for (const callback of [...queue]) {
        try {
            callback(arg);
        } catch (error) {
            console.error('A script of an extension failed:', error);
        }
    }
}

function onUiUpdate(callback) { uiUpdateCallbacks.push(callback); }
function onAfterUiUpdate(callback) { uiAfterUpdateCallbacks.push(callback); }
function onUiTabChange(callback) { uiTabChangeCallbacks.push(callback); }
function onOptionsChanged(callback) { optionsChangedCallbacks.push(callback); }

function onUiLoaded(callback) {
    if (webui.scriptsTold) executeCallbacks([callback]);
    else uiLoadedCallbacks.push(callback);
}

function onOptionsAvailable(callback) {
    if (Object.keys(opts).length) executeCallbacks([callback]);
    else optionsAvailableCallbacks.push(callback);
}

function uiElementIsVisible(element) {
    return element === document || (getComputedStyle(element).display !== 'none'
        && (!element.parentElement || uiElementIsVisible(element.parentElement)));
}

function uiElementInSight(element) {
    const {top, bottom} = element.getBoundingClientRect();
    return bottom > 0 && top < window.innerHeight;
}

(() => {
    // Selectors that find nothing here are tried once more in the words of today's page.
    const TODAY = [
        [/#tabs\s*>\s*(?:div)?\.tab-nav\s*>\s*/g, '#tabs .tab-nav '],
        [/#tabs\s*>\s*(?:div)?\.tab-nav/g, '#tabs .tab-nav'],
        [/#tabs\s*>\s*div:first-child\s*>?\s*button/g, '#tabs .tab-nav button'],
        [/\s*>\s*label\s*>\s*(textarea|input)/g, ' label $1'],
        [/\s*>\s*(textarea)\b/g, ' $1'],
        [/div\.label-wrap/g, '.label-wrap'],
        [/(?:span)?\.single-select/g, '.wrap-inner input'],
    ];

    const inTodaysWords = (selector) => TODAY.reduce((words, [old, today]) => words.replace(old, today), selector);

    function translate(prototype) {
        const {querySelector: one, querySelectorAll: all} = prototype;
        prototype.querySelector = function querySelector(selector) {
            const found = one.call(this, selector);
            if (found || typeof selector !== 'string') return found;
            const words = inTodaysWords(selector);
            return words === selector ? null : one.call(this, words);
        };
        prototype.querySelectorAll = function querySelectorAll(selector) {
            const found = all.call(this, selector);
            if (found.length || typeof selector !== 'string') return found;
            const words = inTodaysWords(selector);
            return words === selector ? found : all.call(this, words);
        };
    }

    const scripted = () => document.querySelector('script[src^="file="]') !== null;
    const frame = () => new Promise((resolve) => setTimeout(resolve, 0));

    // A closed section of a plugin is made open, so that its contents come into the page; here it is closed.
    function closeSections() {
        for (const section of document.querySelectorAll('.starts-closed')) {
            const head = section.querySelector('.label-wrap');
            if (!head) continue;
            section.classList.remove('starts-closed');
            if (head.classList.contains('open')) head.click();
        }
    }

    // Gradio's own tabs have only the open one's contents in the page; look into each once, for the scripts' sake.
    async function lookIntoTabs() {
        for (const strip of document.querySelectorAll('#tab_settings [role=tablist], .plugin-area [role=tablist]')) {
            const buttons = [...strip.querySelectorAll('button[role=tab]')];
            const open = buttons.find((button) => button.getAttribute('aria-selected') === 'true');
            for (const button of buttons) {
                button.click();
                await frame();
            }
            open?.click();
        }
    }

    // Wait until nothing has changed on the page for a moment: Gradio fetches the code of each kind of component.
    function stillness(moment_ms = 200, patience_ms = 8000) {
        return new Promise((resolve) => {
            let timer = null;
            const still = () => {
                observer.disconnect();
                clearTimeout(timer);
                clearTimeout(limit);
                resolve();
            };
            const observer = new MutationObserver(() => {
                clearTimeout(timer);
                timer = setTimeout(still, moment_ms);
            });
            const limit = setTimeout(still, patience_ms);
            timer = setTimeout(still, moment_ms);
            observer.observe(document.body, {childList: true, subtree: true});
        });
    }

    let pending = null;

    function tellOfChanges(mutations) {
        closeSections();
        executeCallbacks(uiUpdateCallbacks, mutations);
        if (uiAfterUpdateCallbacks.length) {
            clearTimeout(pending);
            pending = setTimeout(() => executeCallbacks(uiAfterUpdateCallbacks), 200);
        }
    }

    // The open one of several tabs says display: block in its style, as Gradio 3 had it; today it says flex.
    function markOpenPanels(panels) {
        for (const panel of panels) {
            if (panel.style.display === 'flex') panel.style.display = 'block';
        }
    }

    function watchPanels() {
        const watcher = new MutationObserver((mutations) => markOpenPanels(mutations.map(({target}) => target)));
        for (const panel of document.querySelectorAll('.plugin-area [role=tabpanel]')) {
            markOpenPanels([panel]);
            watcher.observe(panel, {attributes: true, attributeFilter: ['style']});
        }
    }

    async function tellLoaded() {
        if (scripted()) await stillness();
        closeSections();
        if (scripted()) {
            translate(Document.prototype);
            translate(Element.prototype);
            await lookIntoTabs();
            watchPanels();
        }
        webui.scriptsTold = true;
        executeCallbacks(optionsAvailableCallbacks.splice(0));
        executeCallbacks(uiLoadedCallbacks);
        executeCallbacks(uiAfterScriptsCallbacks);
        new MutationObserver(tellOfChanges).observe(document.documentElement, {childList: true, subtree: true});
        tellOfChanges([]);
        webui.markTabs();
    }

    // The settings were saved.
    webui.optionsChanged = async () => {
        if (!document.querySelector('script[src="internal/plugins/words.js"]')) return;
        Object.assign(opts, await (await fetch('internal/plugins/options')).json());
        executeCallbacks(optionsChangedCallbacks);
    };

    webui.onLoaded(() => tellLoaded());
})();
