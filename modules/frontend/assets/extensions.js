// The Extensions tab: what is installed and how it does, switching on and off, installing, updating, taking out.
(() => {
    const url = (name, action) => `internal/extensions/${encodeURIComponent(name)}/${action}`;
    const told = new Map();  // what was last said about an extension
    const opened = new Set();  // whose details are open
    let shown = null;

    const {add} = webui;

    function addButton(parent, text, label, onClick) {
        const button = add(parent, 'button', 'plain-button', text);
        button.type = 'button';
        button.setAttribute('aria-label', label);
        button.addEventListener('click', () => onClick(button));
        return button;
    }

    function say(id, text, wrong = false) {
        const place = webui.element(id);
        place.textContent = text;
        place.hidden = !text;
        place.classList.toggle('extensions-wrong', wrong);
    }

    const describe = (error) => [error.message, error.remedy].filter(Boolean).join(' ');
    const milliseconds = (seconds) => (seconds < 10 ? `${(1000 * seconds).toFixed(seconds < 0.1 ? 1 : 0)} ms` : `${seconds.toFixed(0)} s`);

    function addOrigin(place, {origin, branch, commit, date}) {
        if (/^https?:\/\//.test(origin)) {
            const link = add(place, 'a', 'extensions-origin', origin.replace(/^https?:\/\/(www\.)?/, ''));
            Object.assign(link, {href: origin, target: '_blank', rel: 'noopener noreferrer'});
        } else {
            add(place, 'span', 'extensions-origin', origin);
        }
        const version = [branch, commit, date].filter(Boolean).join(' · ');
        if (version) add(place, 'span', 'extensions-version', version);
    }

    function addDetails(row, extension) {
        const {name, failures, costs, scripts} = extension;
        if (!failures.length && !costs.length && !scripts.length) return;
        const details = add(row, 'details', 'extensions-details');
        details.open = opened.has(name);
        details.addEventListener('toggle', () => {
            details.open ? opened.add(name) : opened.delete(name);
            for (const trace of details.querySelectorAll('pre')) trace.scrollTop = trace.scrollHeight;  // its end tells most
        });
        const last = failures[failures.length - 1];
        add(details, 'summary', last ? 'extensions-failed' : '', last
            ? `${last.hook}: ${last.error}` : `Details · ${milliseconds(extension.seconds)} so far`);
        if (scripts.length) add(details, 'div', 'extensions-scripts', `Scripts: ${scripts.join(', ')}`);
        for (const {hook, error, trace, time_s} of [...failures].reverse()) {
            add(details, 'div', 'extensions-failure', `${new Date(1000 * time_s).toLocaleString()} · ${hook} · ${error}`);
            add(details, 'pre', 'extensions-trace', trace);
        }
        if (costs.length) addCosts(details, costs);
    }

    function addCosts(details, costs) {
        const table = add(details, 'table', 'extensions-costs');
        for (const {hook, calls, seconds} of costs) {
            const line = add(table, 'tr', '');
            add(line, 'td', '', hook);
            add(line, 'td', 'extensions-number', calls === 1 ? '1 call' : `${calls} calls`);
            add(line, 'td', 'extensions-number', milliseconds(seconds));
        }
    }

    function addRow(list, extension, {allowed}) {
        const {name, builtin, updatable, word} = extension;
        const row = add(list, 'div', 'extensions-row');
        row.dataset.name = name;
        const head = add(row, 'div', 'extensions-row-head');
        const label = add(head, 'label', 'extensions-name');
        const box = add(label, 'input', '');
        Object.assign(box, {type: 'checkbox', name: `enable_${name}`, checked: extension.chosen, disabled: !allowed});
        box.addEventListener('change', noteChange);
        add(label, 'strong', '', name);
        const badge = add(head, 'span', 'extensions-state', word);
        badge.dataset.state = word;
        const facts = add(row, 'div', 'extensions-facts');
        addOrigin(facts, extension);
        if (allowed) {
            const actions = add(head, 'div', 'extensions-actions');
            addButton(actions, word === 'on after a restart' ? 'Load' : 'Reload', `Load ${name} again`, (button) => (
                act(name, 'reload', button, (answer) => answer.told)));
            if (updatable) {
                addButton(actions, 'Update', `Update ${name}`, (button) => act(name, 'update', button, ({changed}) => (
                    changed ? 'Updated. Reload it, or start the web UI again.' : 'It is the newest there is.')));
            }
            if (!builtin) {
                addButton(actions, 'Uninstall', `Uninstall ${name}`, (button) => {
                    if (window.confirm(`Take out ${name}? Its folder is kept in extensions/.trash.`)) {
                        act(name, 'uninstall', button, ({kept}) => `${name} was taken out; it is kept as ${kept}.`);
                    }
                });
            }
        }
        const note = add(row, 'div', 'extensions-row-note', told.get(name) ?? '');
        note.setAttribute('role', 'status');
        addDetails(row, extension);
    }

    function draw(answer) {
        shown = answer;
        const list = webui.element('extensions_installed_html');
        list.replaceChildren();
        for (const extension of answer.extensions) addRow(list, extension, answer);
        if (!answer.extensions.length) add(list, 'p', 'plain-hint', 'None yet. Extensions lie in the folder extensions.');
        const level = webui.element('extensions_disable_all');
        level.value = answer.level;
        for (const element of [level, webui.element('extension_install_button')]) element.disabled = !answer.allowed;
        webui.element('extensions_check').disabled = !answer.allowed || !answer.extensions.some(({updatable}) => updatable);
        webui.element('extensions_apply').disabled = true;
        const problems = [...answer.problems];
        if (answer.safe_mode) problems.unshift('Extensions are switched off by a launch option.');
        if (!answer.allowed) {
            problems.unshift('Other computers can reach this server, so extensions cannot be changed from the page. '
                + 'To allow it all the same, start with --enable-insecure-extension-access.');
        }
        say('extensions_note', problems.join('\n'), problems.length > 0);
    }

    const chosen = () => Array.from(document.querySelectorAll('.extensions-name input:checked'),
        (box) => box.name.replace('enable_', ''));

    function noteChange() {
        const before = shown.extensions.filter((extension) => extension.chosen).map(({name}) => name);
        const level = webui.element('extensions_disable_all').value;
        webui.element('extensions_apply').disabled = String(before) === String(chosen()) && level === shown.level;
    }

    async function look() {
        try {
            const response = await fetch('internal/extensions');
            if (!response.ok) throw new Error(response.statusText);
            draw(await response.json());
        } catch (error) {
            say('extensions_note', `The list could not be read: ${error.message}`, true);
        }
    }

    async function act(name, action, button, describeAnswer) {
        button.disabled = true;
        told.set(name, 'Working…');
        button.closest('.extensions-row').querySelector('.extensions-row-note').textContent = 'Working…';
        try {
            told.set(name, describeAnswer(await webui.post(url(name, action))));
            if (action === 'uninstall') say('extension_install_result', told.get(name));
        } catch (error) {
            told.set(name, describe(error));
        }
        await look();
    }

    async function checkAll(button) {
        button.disabled = true;
        for (const {name} of shown.extensions.filter(({updatable}) => updatable)) {
            try {
                const {newer} = await webui.post(url(name, 'check'));
                told.set(name, newer ? `${newer === 1 ? '1 newer commit' : `${newer} newer commits`}: press Update.` : 'Up to date.');
            } catch (error) {
                told.set(name, describe(error));
            }
            await look();
        }
    }

    async function apply() {
        try {
            const level = webui.element('extensions_disable_all').value;
            draw(await webui.post('internal/extensions/apply', {enabled: chosen(), level}));
            say('extensions_note', 'Saved. It takes effect when the web UI is started again; Load and Reload act at once.');
        } catch (error) {
            say('extensions_note', describe(error), true);
        }
    }

    async function install(event) {
        event.preventDefault();
        const value = (id) => webui.element(id).value.trim();
        const button = webui.element('extension_install_button');
        if (!value('extension_url')) return;
        button.disabled = true;
        say('extension_install_result', 'Installing…');
        try {
            const {name} = await webui.post('internal/extensions/install', {
                source: value('extension_url'), name: value('extension_dirname'), branch: value('extension_branch'),
            });
            say('extension_install_result', `${name} is installed. Start the web UI again, or press Load.`);
            webui.element('extensions_form').reset();
            await look();
        } catch (error) {
            say('extension_install_result', describe(error), true);
        }
        button.disabled = false;
    }

    webui.onLoaded(() => {
        webui.element('extensions_form').addEventListener('submit', install);
        webui.element('extensions_apply').addEventListener('click', apply);
        webui.element('extensions_disable_all').addEventListener('change', noteChange);
        webui.element('extensions_check').addEventListener('click', ({currentTarget}) => checkAll(currentTarget));
        document.addEventListener('webui:page', ({detail}) => { if (detail === 'tab_extensions') look(); });
    });
})();
