// What a card's buttons open: its path, the texts in its file, and the editor of its notes and preview.
(() => {
    const LABELS = {
        description: 'Description',
        version: 'Made for',
        activation_text: 'Words to add with it',
        preferred_weight: 'Weight (0: the usual one)',
        negative_text: 'Words for the negative prompt',
        vae: 'VAE',
        notes: 'Notes',
    };
    const ROWS = {description: 3, activation_text: 2, negative_text: 2, notes: 4};
    const VERSIONS = [['', 'What the file says'], ['SD1', 'SD1'], ['SD2', 'SD2'], ['SDXL', 'SDXL']];

    const {make} = webui;
    const addressOf = (page, card) => `internal/networks/${page}/${card.id}`;

    async function ask(address) {
        const response = await fetch(address);
        const answer = await response.json();
        if (!response.ok) throw new Error(answer.error ?? `${response.status} ${response.statusText}`);
        return answer;
    }

    function openDialog(title, ...content) {
        const close = make('button', {type: 'button', className: 'dialog-close', textContent: '✕', title: 'Close (Esc)'});
        const heading = make('header', {}, make('h2', {textContent: title}), close);
        const dialog = make('dialog', {className: 'network-dialog'}, heading, ...content);
        close.addEventListener('click', () => dialog.close());
        dialog.addEventListener('close', () => dialog.remove());
        dialog.addEventListener('click', (event) => event.target === dialog && dialog.close());
        document.body.append(dialog);
        dialog.showModal();
        return dialog;
    }

    function copy(text) {
        if (navigator.clipboard) return navigator.clipboard.writeText(text);
        const area = make('textarea', {value: text}); // pages without https have no clipboard of their own
        document.body.append(area);
        area.select();
        document.execCommand('copy');
        area.remove();
        return Promise.resolve();
    }

    async function copyPath(page, card, button) {
        await copy((await ask(addressOf(page, card))).file);
        const before = button.textContent;
        button.textContent = '✓';
        setTimeout(() => { button.textContent = before; }, 1200);
    }

    async function showMetadata(page, card) {
        const {metadata} = await ask(`${addressOf(page, card)}/metadata`);
        openDialog(card.name, make('pre', {className: 'network-metadata', textContent: metadata}));
    }

    function choices(value, options) {
        const select = make('select', {}, ...options.map(([key, text]) => make('option', {value: key, textContent: text})));
        if (!options.some(([key]) => key === value)) select.append(make('option', {value, textContent: value}));
        select.value = value;
        return select;
    }

    function control(name, value, details) {
        if (name === 'version') return choices(value === 'Unknown' ? '' : value, VERSIONS);
        if (name === 'vae') {
            return choices(value, [['', 'Automatic'], ['None', 'None'], ...details.vaes.map((vae) => [vae, vae])]);
        }
        if (name === 'preferred_weight') return make('input', {type: 'number', step: 0.05, min: -10, max: 10, value});
        return make('textarea', {value, rows: ROWS[name]});
    }

    // Words of the training captions; a click writes them into the words to add, or takes them out.
    function wordButtons(words, area) {
        const list = () => area.value.split(',').map((word) => word.trim()).filter(Boolean);
        const buttons = words.map(([word, count]) => {
            const button = make('button', {type: 'button', textContent: word, title: `${count} captions`});
            button.addEventListener('click', () => {
                const now = list();
                area.value = (now.includes(word) ? now.filter((other) => other !== word) : [...now, word]).join(', ');
                mark();
            });
            return button;
        });
        const mark = () => buttons.forEach((button) => (
            button.setAttribute('aria-pressed', String(list().includes(button.textContent)))));
        area.addEventListener('input', mark);
        mark();
        return make('div', {className: 'network-words'}, ...buttons);
    }

    function fieldsOf(details) {
        const controls = {};
        const rows = Object.entries(details.fields).map(([name, value]) => {
            controls[name] = control(name, value, details);
            const row = make('label', {}, make('span', {textContent: LABELS[name]}), controls[name]);
            if (name !== 'activation_text' || details.words.length === 0) return row;
            return make('div', {}, row, make('span', {className: 'network-hint', textContent: 'It was trained on:'}),
                wordButtons(details.words, controls[name]));
        });
        return {controls, rows};
    }

    function factTable(details) {
        const table = make('dl', {className: 'network-facts'});
        const add = (label, value) => table.append(make('dt', {textContent: label}), make('dd', {textContent: value}));
        details.facts.forEach(([label, value]) => add(label, value));
        table.querySelector('dd').title = details.file;
        return {table, add};
    }

    // The preview, and a button that replaces it by the picture selected in the gallery.
    function pictureColumn(browser, card, fail) {
        const frame = make('div', {className: 'network-picture'});
        const draw = (now) => frame.replaceChildren(now.picture
            ? make('img', {alt: '', src: `${addressOf(browser.page, now)}/thumbnail?v=${now.picture}`})
            : make('span', {textContent: 'No preview yet'}));
        draw(card);
        const button = make('button', {type: 'button', textContent: '🖼️ Use the picture in the gallery'});
        button.addEventListener('click', async () => {
            try {
                const answer = await webui.post(`${addressOf(browser.page, card)}/preview`, selected(browser.tab));
                webui.networks.replaceCard(browser.page, answer.card);
                draw(answer.card);
            } catch (error) {
                fail(error.message);
            }
        });
        return make('div', {className: 'network-side'}, frame, button);
    }

    function selected(tab) {
        const match = webui.gallery.selected(tab)?.url.match(/internal\/jobs\/([^/]+)\/pictures\/(\d+)/);
        if (!match) throw new Error('There is no picture in the gallery: make one first, and select it.');
        return {job: match[1], number: Number(match[2])};
    }

    async function edit(browser, card) {
        const details = await ask(addressOf(browser.page, card));
        const message = make('p', {className: 'network-message'});
        const fail = (text) => { message.textContent = text; };
        const {controls, rows} = fieldsOf(details);
        const facts = factTable(details);
        const side = pictureColumn(browser, card, fail);
        side.append(facts.table);
        const save = make('button', {type: 'submit', className: 'network-save', textContent: 'Save'});
        const cancel = make('button', {type: 'button', textContent: 'Cancel'});
        const form = make('form', {}, make('div', {className: 'network-columns'}, side,
            make('div', {className: 'network-fields'}, ...rows)), make('footer', {}, message, cancel, save));
        const dialog = openDialog(details.name, form);
        if (details.problem) fail(details.problem);
        cancel.addEventListener('click', () => dialog.close());
        form.addEventListener('submit', async (event) => {
            event.preventDefault();
            const notes = Object.fromEntries(Object.entries(controls).map(([name, {value}]) => (
                [name, name === 'preferred_weight' ? Number(value) || 0 : value])));
            try {
                const answer = await webui.post(`${addressOf(browser.page, card)}/notes`, notes);
                webui.networks.replaceCard(browser.page, answer.card);
                dialog.close();
            } catch (error) {
                fail(error.message);
            }
        });
        if (browser.page !== 'checkpoints' && !details.problem) {
            const {hash} = await ask(`${addressOf(browser.page, card)}/hash`);
            facts.add('Hash', hash);
        }
    }

    webui.networkEditor = {copyPath, edit, showMetadata};
})();
