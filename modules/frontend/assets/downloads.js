// Files that are not installed: what there is to fetch, how far it is, and stopping it. Nothing starts by itself.
(() => {
    const LOOK_AGAIN_MS = 700;
    const UNDER_WAY = new Set(['waiting', 'running', 'stopping']);
    const RETRYABLE = new Set(['offered', 'failed', 'cancelled']);
    const rows = new Map();
    const states = new Map();
    let timer = null;

    const unit = (bytes) => (bytes < 1e9 ? 'MB' : 'GB');
    const count = (bytes, of = bytes) => (of < 1e9 ? (bytes / 1e6).toFixed(of < 1e7 ? 1 : 0) : (bytes / 1e9).toFixed(2));
    const amount = (bytes) => (bytes ? ` (${count(bytes)} ${unit(bytes)})` : '');
    const url = (label, action = '') => `internal/downloads/${encodeURIComponent(label)}${action}`;

    const {add} = webui;

    function addButton(parent, name, onClick) {
        const button = add(parent, 'button', `download-button ${name}`);
        button.type = 'button';
        button.addEventListener('click', onClick);
        return button;
    }

    function buildRow(place, label) {
        const row = add(place, 'div', 'download');
        const head = add(row, 'div', 'download-head');
        if (!place.dataset.label) add(head, 'strong', 'download-label', label);
        const start = addButton(head, 'download-start', () => ask(label));
        const cancel = addButton(head, 'download-cancel', () => ask(label, '/cancel'));
        const facts = add(row, 'div', 'download-facts');
        const track = add(row, 'div', 'progress-track');
        const bar = add(track, 'div', 'progress-bar');
        const note = add(row, 'div', 'download-note');
        note.setAttribute('role', 'status');
        cancel.textContent = 'Cancel';
        start.setAttribute('aria-label', `Download ${label}`);
        cancel.setAttribute('aria-label', `Cancel the download of ${label}`);
        return {place, row, start, cancel, facts, track, bar, note};
    }

    // Where a download is shown; nowhere, when the settings leave its section out.
    function placeOf({label, kind}) {
        const places = Array.from(document.querySelectorAll('.downloads'));
        const place = places.find((one) => one.dataset.label === label || one.dataset.kind === kind);
        return place?.querySelector('.download-list') ?? place;
    }

    function rowOf(download) {
        if (!rows.has(download.label)) {
            const place = placeOf(download);
            rows.set(download.label, place ? buildRow(place, download.label) : null);
        }
        return rows.get(download.label);
    }

    function describeFiles({files, allowed, about}) {
        const lines = files.map(({name, folder, size_bytes, licence, source}) => (
            `${name}${amount(size_bytes)} from ${source} into ${folder}. Licence: ${licence}.`));
        if (!allowed) lines.unshift('Other computers can reach this server, so these files are to be put there by hand:');
        if (about) lines.unshift(about);
        return lines.join('\n');
    }

    function describeState({state, done_bytes, total_bytes, error}) {
        if (state === 'failed') return `${error.message} ${error.remedy}`;
        if (state === 'done') return '✔ Installed';
        if (state === 'waiting') return 'Waiting for another download…';
        if (state === 'stopping') return 'Stopping…';
        if (state === 'cancelled') return 'Cancelled. No unfinished file was kept.';
        if (state !== 'running') return '';
        if (!total_bytes) return `${count(done_bytes)} ${unit(done_bytes)}`;
        const percent = Math.floor(100 * done_bytes / total_bytes);
        return `${count(done_bytes, total_bytes)} of ${count(total_bytes)} ${unit(total_bytes)} · ${percent}%`;
    }

    function draw(download) {
        const shown = rowOf(download);
        if (!shown) return;
        const {state, allowed} = download;
        shown.row.dataset.state = state;
        shown.start.hidden = !allowed || !RETRYABLE.has(state);
        shown.start.textContent = `⬇️ Download${amount(download.total_bytes)}`;
        shown.cancel.hidden = !allowed || !UNDER_WAY.has(state) || state === 'stopping';
        shown.facts.textContent = describeFiles(download);
        shown.facts.hidden = state === 'done';
        shown.track.hidden = !UNDER_WAY.has(state);
        shown.bar.style.width = `${Math.min(100 * download.done_bytes / (download.total_bytes || Infinity), 100).toFixed(1)}%`;
        say(shown, describeState(download));
    }

    // A text that is the same is not written again: screen readers would read it once more.
    function say(shown, text) {
        if (shown.note.textContent !== text) shown.note.textContent = text;
    }

    function drawAll({downloads}) {
        for (const download of downloads) draw(download);
        const labels = new Set(downloads.map(({label}) => label));
        for (const [label, shown] of rows) if (shown) shown.row.hidden = !labels.has(label);
        for (const place of document.querySelectorAll('.downloads')) {
            place.hidden = !place.querySelector('.download:not([hidden])');
        }
        const arrived = downloads.filter(({label, state}) => state === 'done' && states.get(label) !== 'done');
        for (const {label, state} of downloads) states.set(label, state);
        if (arrived.length) refreshMenus();
        document.dispatchEvent(new CustomEvent('webui:downloads'));
        clearTimeout(timer);
        if (downloads.some(({state}) => UNDER_WAY.has(state))) timer = setTimeout(look, LOOK_AGAIN_MS);
    }

    // The menus are filled by the program.
    function refreshMenus() {
        for (const id of ['extras_refresh', 'refresh_sd_model_checkpoint', 'refresh_checkpoint_A',
            'modelmerger_refresh_bake_in_vae']) webui.element(id)?.click();
    }

    async function look() {
        try {
            const response = await fetch('internal/downloads');
            if (!response.ok) throw new Error(response.statusText);
            drawAll(await response.json());
        } catch {
            clearTimeout(timer);
            timer = setTimeout(look, 5 * LOOK_AGAIN_MS);
        }
    }

    async function ask(label, action = '') {
        try {
            drawAll(await webui.post(url(label, action)));
            const open = ({hidden}) => !hidden;
            const {start, cancel} = rows.get(label);
            [cancel, start].find(open)?.focus();
        } catch (error) {
            say(rows.get(label), `${error.message} ${error.remedy ?? ''}`);
        }
    }

    webui.downloads = {look};

    webui.onLoaded(look);
    document.addEventListener('webui:page', ({detail}) => { if (['tab_extras', 'tab_models'].includes(detail)) look(); });
})();
