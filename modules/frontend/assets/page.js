// The page itself: tab bar, tooltips, keyboard, and what every other script uses.
(() => {
    const PRESENT = ['#tabs [role=tab]', '#txt2img_prompt textarea', '#txt2img_neg_prompt textarea', '#txt2img_skip',
        '#txt2img_interrupt', '#txt2img_seed input', '#txt2img_results_panel .output-panel', '#footer .footer-line'];
    const loaded = [];

    webui.element = (id) => document.getElementById(id);

    // Run `callback` once the controls are on the page.
    webui.onLoaded = (callback) => loaded.push(callback);

    // Set the value of a text area or input so that Gradio notices.
    webui.setValue = (element, value) => {
        const prototype = Object.getPrototypeOf(element);
        Object.getOwnPropertyDescriptor(prototype, 'value').set.call(element, value);
        element.dispatchEvent(new Event('input', {bubbles: true}));
    };

    webui.post = async (url, body) => {
        const response = await fetch(url, {
            method: 'POST', headers: {'Content-Type': 'application/json'}, body: JSON.stringify(body ?? {}),
        });
        const answer = await response.json();
        if (!response.ok) throw new Error(answer.error ?? `${response.status} ${response.statusText}`);
        return answer;
    };

    // A name for this browser, so that it finds its own jobs again after a reload.
    webui.client = () => {
        let name = localStorage.getItem('webui.client');
        if (!name) {
            const bytes = crypto.getRandomValues(new Uint8Array(12));
            name = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
            localStorage.setItem('webui.client', name);
        }
        return name;
    };

    webui.currentTab = () => {
        const chosen = document.querySelector('#tabs [role=tab][aria-selected=true]');
        return chosen ? chosen.dataset.tab : null;
    };

    webui.showTab = (name) => {
        for (const button of document.querySelectorAll('#tabs [role=tab]')) {
            const chosen = button.dataset.tab === name;
            button.setAttribute('aria-selected', String(chosen));
            webui.element(`tab_${button.dataset.tab}`).classList.toggle('tab-page-hidden', !chosen);
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
        } else if (event.key === 'Escape' && !document.querySelector('.lightbox') && webui.jobs.isRunning(tab)) {
            webui.jobs.ask(tab, 'interrupt');
        } else {
            return;
        }
        event.preventDefault();
        event.stopPropagation();
    }

    function start() {
        if (webui.theme) document.body.classList.toggle('dark', webui.theme === 'dark');
        for (const button of document.querySelectorAll('#tabs [role=tab]')) {
            button.addEventListener('click', () => webui.showTab(button.dataset.tab));
        }
        addTooltips();
        document.addEventListener('keydown', onKey, true);
        loaded.forEach((callback) => callback());
    }

    // Gradio puts the controls on the page some time after this script has run.
    const observer = new MutationObserver(() => {
        if (!PRESENT.every((selector) => document.querySelector(selector))) return;
        observer.disconnect();
        start();
    });
    observer.observe(document.documentElement, {childList: true, subtree: true});
})();
