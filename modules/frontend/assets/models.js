// The Models tab: what lies at an address, and ordering one of the files. Downloads themselves are downloads.js'.
(() => {
    let asked = 0;

    const {add} = webui;

    const size = (bytes) => {
        if (!bytes) return 'size unknown';
        if (bytes < 1e5) return `${Math.ceil(bytes / 1e3)} kB`;
        return bytes < 1e9 ? `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB` : `${(bytes / 1e9).toFixed(2)} GB`;
    };

    function say(place, error) {
        place.replaceChildren();
        place.hidden = false;
        add(place, 'div', 'models-error', error.message);
        if (error.remedy) add(place, 'div', 'models-remedy', error.remedy);
    }

    function drawHead(place, {title, page, licence, gated}) {
        const head = add(place, 'div', 'models-found-head');
        const link = add(head, 'a', 'models-found-title', title);
        link.href = page;
        link.target = '_blank';
        link.rel = 'noopener noreferrer';
        add(head, 'div', 'models-licence', `Licence: ${licence}`);
        if (gated) {
            add(head, 'div', 'models-gated', 'Only for those who accept its terms on its page. The download needs an '
                + 'access token in the environment variable HF_TOKEN.');
        }
    }

    function drawFile(place, found, file, address) {
        const row = add(place, 'div', 'models-file');
        const facts = add(row, 'div', 'models-file-facts');
        add(facts, 'strong', '', file.path);
        const renamed = file.path.split('/').pop() === file.name ? '' : ` · is called ${file.name} here`;
        add(facts, 'span', 'models-file-size', `${size(file.size_bytes)}${file.checked ? ' · hash known' : ''}${renamed}`);
        const actions = add(row, 'div', 'models-file-actions');
        const menu = add(actions, 'select', 'models-kind');
        menu.setAttribute('aria-label', `What ${file.path} is`);
        for (const {kind, title, folder} of found.kinds) {
            const option = add(menu, 'option', '', `${title} → ${folder}`);
            option.value = kind;
            option.selected = kind === file.kind;
        }
        const button = add(actions, 'button', 'plain-button', '⬇️ Download');
        button.type = 'button';
        button.setAttribute('aria-label', `Download ${file.path}`);
        const note = add(row, 'div', 'models-note');
        note.setAttribute('role', 'status');
        button.addEventListener('click', () => order({address, path: file.path, kind: menu.value}, button, note));
    }

    function draw(place, found, address) {
        place.replaceChildren();
        drawHead(place, found);
        for (const file of found.files) drawFile(place, found, file, address);
        if (found.left_out) add(place, 'div', 'plain-hint', `${found.left_out} more are not shown; name the file itself.`);
    }

    async function order(question, button, note) {
        button.disabled = true;
        note.className = 'models-note';
        note.textContent = 'Asking…';
        try {
            await webui.post('internal/models/order', question);
            note.textContent = 'It is among your downloads below.';
            await webui.downloads.look();
        } catch (error) {
            note.className = 'models-note models-error';
            note.textContent = `${error.message} ${error.remedy ?? ''}`;
        } finally {
            button.disabled = false;
        }
    }

    async function look(address) {
        const place = webui.element('models_found');
        const button = webui.element('models_look');
        const number = ++asked;
        place.hidden = false;
        place.replaceChildren();
        add(place, 'div', 'plain-hint', 'Asking…');
        button.disabled = true;
        try {
            const found = await webui.post('internal/models/look', {address});
            if (number === asked) draw(place, found, address);
        } catch (error) {
            if (number === asked) say(place, error);
        } finally {
            if (number === asked) button.disabled = false;
        }
    }

    function drawComplete() {
        const offered = document.querySelector('#models_body .downloads[data-kind=model]:not([hidden])');
        document.querySelector('#models_body .models-complete').hidden = Boolean(offered);
    }

    webui.onLoaded(() => {
        webui.element('models_form').addEventListener('submit', (event) => {
            event.preventDefault();
            const address = webui.element('models_address').value.trim();
            if (address) look(address);
            else webui.element('models_address').focus();
        });
    });
    document.addEventListener('webui:downloads', drawComplete);
})();
