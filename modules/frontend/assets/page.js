// The page itself: tab bar, tooltips, keyboard, and what every other script uses.
(() => {
    const PRESENT = ['#tabs [role=tab]', '#footer .footer-line', '#extras_results_panel .output-panel', '#extras_interrupt',
        '#modelmerger_results_panel .output-panel', '#modelmerger_interrupt', '#models_body .models-page',
        ...['txt2img', 'img2img', 'outpaint'].flatMap((tab) => [`#${tab}_prompt textarea`, `#${tab}_neg_prompt textarea`,
            `#${tab}_interrupt`, `#${tab}_seed input`, `#${tab}_results_panel .output-panel`])];
    const loaded = [];
    let complete = false;
    let started = false;

    webui.element = (id) => document.getElementById(id);

    // A new element with these properties and contents.
    webui.make = (tag, properties = {}, ...children) => {
        const element = Object.assign(document.createElement(tag), properties);
        element.append(...children);
        return element;
    };

    // Put a new element at the end of another.
    webui.add = (parent, kind, name, text = '') => {
        const element = webui.make(kind, {className: name}, text);
        parent.append(element);
        return element;
    };

    // Run `callback` once the controls are on the page.
    webui.onLoaded = (callback) => { started ? callback() : loaded.push(callback); };

    // Set the value of a text area or input so that Gradio notices.
    webui.setValue = (element, value) => {
        const prototype = Object.getPrototypeOf(element);
        Object.getOwnPropertyDescriptor(prototype, 'value').set.call(element, value);
        element.dispatchEvent(new Event('input', {bubbles: true}));
    };

    // The element that `selector` finds, as soon as there is one.
    webui.appearing = async (selector, patience_ms = 5000) => {
        for (const end = Date.now() + patience_ms; Date.now() < end;) {
            const found = document.querySelector(selector);
            if (found) return found;
            await new Promise((resolve) => setTimeout(resolve, 50));
        }
        throw new Error(`Nothing on the page is ${selector}.`);
    };

    // Ask the server; `kind` is what the answer is read as.
    webui.post = async (url, body, kind = 'json') => {
        const response = await fetch(url, {
            method: 'POST', headers: {'Content-Type': 'application/json'}, body: JSON.stringify(body ?? {}),
        });
        if (response.ok) return response[kind]();
        const {error, remedy} = await response.json().catch(() => ({}));
        throw Object.assign(new Error(error ?? `${response.status} ${response.statusText}`), {remedy});
    };

    // A name for a tab of this browser, so that it finds its own jobs again after a reload.
    webui.client = (tab) => {
        let name = localStorage.getItem('webui.client');
        if (!name) {
            const bytes = crypto.getRandomValues(new Uint8Array(12));
            name = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
            localStorage.setItem('webui.client', name);
        }
        return `${name}.${tab}`;
    };

    // The tabs that have a Generate button.
    webui.forms = () => Array.from(document.querySelectorAll('.generate-box'), (box) => box.id.replace('_generate_box', ''));

    const pageOf = (button) => button.getAttribute('aria-controls');

    // Show a page of a strip of tabs, and hide its siblings.
    webui.showPage = (id) => {
        const strip = webui.element(`${id}-button`).closest('[role=tablist]');
        for (const button of strip.querySelectorAll('[role=tab]')) {
            const chosen = pageOf(button) === id;
            button.setAttribute('aria-selected', String(chosen));
            webui.element(pageOf(button)).classList.toggle('tab-page-hidden', !chosen);
        }
        document.dispatchEvent(new CustomEvent('webui:page', {detail: id}));
    };

    // The page that a strip of tabs shows.
    webui.shownPage = (strip) => {
        const button = document.querySelector(`#${strip} [role=tab][aria-selected=true]`);
        return button ? pageOf(button) : null;
    };

    webui.showTab = (name) => webui.showPage(`tab_${name}`);
    webui.currentTab = () => webui.shownPage('tabs')?.replace('tab_', '') ?? null;

    // What a Generate button sends besides the values of the controls, by the button's id.
    const situations = {};
    webui.onSituation = (buttonId, describe) => { situations[buttonId] = describe; };
    webui.situation = async (buttonId) => {
        try {
            return JSON.stringify(await (situations[buttonId]?.() ?? {}));
        } catch (error) {
            return JSON.stringify({error: error.message, remedy: error.remedy ?? ''});
        }
    };

    function addTooltips() {
        for (const [id, text] of Object.entries(webui.tooltips)) {
            const element = webui.element(id);
            if (!element) continue;
            element.title = text;
            if (element.tagName === 'BUTTON') element.setAttribute('aria-label', text);
        }
    }

    function onKey(event) {
        const tab = webui.currentTab();
        const generate = webui.element(`${tab}_generate`);
        if (!generate) return;
        if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
            webui.jobs.restart(tab);
        } else if (event.key === 'Enter' && event.altKey) {
            webui.jobs.ask(tab, 'skip');
        } else if (event.key === 'Escape' && !document.querySelector('dialog[open]') && webui.jobs.isRunning(tab)) {
            webui.jobs.ask(tab, 'interrupt');
        } else {
            return;
        }
        event.preventDefault();
        event.stopPropagation();
    }

    function start() {
        if (webui.theme) document.body.classList.toggle('dark', webui.theme === 'dark');
        for (const button of document.querySelectorAll('.tab-strip [role=tab]')) {
            button.addEventListener('click', () => webui.showPage(pageOf(button)));
        }
        addTooltips();
        document.addEventListener('keydown', onKey, true);
        started = true;
        loaded.forEach((callback) => callback());
        document.documentElement.classList.add('webui-ready');
    }

    // Gradio puts the controls on the page some time after this script has run, and other scripts may come later yet.
    function startOnceComplete() {
        if (started || !complete || !PRESENT.every((selector) => document.querySelector(selector))) return;
        observer.disconnect();
        start();
    }

    // Called by the last of our scripts.
    webui.scriptsComplete = () => {
        complete = true;
        startOnceComplete();
    };

    const observer = new MutationObserver(startOnceComplete);
    observer.observe(document.documentElement, {childList: true, subtree: true});
})();
