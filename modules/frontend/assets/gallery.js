// Finished pictures: a large one, a strip of small ones, what was written about them, and a lightbox.
(() => {
    const states = {};

    const panelOf = (tab) => document.querySelector(`.output-panel[data-tab=${tab}]`);

    function stateOf(tab) {
        states[tab] ??= {pictures: [], selected: 0, job: null};
        return states[tab];
    }

    const selected = (tab) => stateOf(tab).pictures[stateOf(tab).selected] ?? null;

    // `most`: how many of the newest are shown; negative: all.
    function show(tab, job, all, most = -1) {
        const state = stateOf(tab);
        const pictures = most < 0 ? all : all.slice(Math.max(all.length - most, 0));
        if (state.job === job && pictures.length === state.pictures.length
            && pictures.at(-1)?.url === state.pictures.at(-1)?.url) return;
        const following = state.job !== job || state.selected === state.pictures.length - 1;
        state.job = job;
        state.pictures = pictures;
        if (following) state.selected = startAt(pictures);
        draw(tab);
    }

    // The newest picture while a job runs; the grid, where there is one.
    function startAt(pictures) {
        const grid = pictures.findIndex((picture) => picture.kind === 'grid');
        return grid >= 0 ? grid : Math.max(pictures.length - 1, 0);
    }

    function draw(tab) {
        const panel = panelOf(tab);
        const {pictures} = stateOf(tab);
        const picture = selected(tab);
        if (!panel.querySelector('.gallery-main')) {  // a tab whose work makes no pictures
            const said = panel.querySelector('.result-log').children.length > 0;
            panel.querySelector('.gallery-empty').hidden = said || panel.classList.contains('busy');
            return;
        }
        panel.querySelector('.gallery-main').hidden = !picture;
        panel.querySelector('.gallery-actions').hidden = !picture;
        panel.querySelector('.infotext').hidden = !picture;
        panel.querySelector('.gallery-empty').hidden = Boolean(picture) || panel.classList.contains('busy');
        drawStrip(panel, tab);
        document.dispatchEvent(new CustomEvent('webui:picture', {detail: {tab, picture}}));
        if (!picture) return;
        const image = panel.querySelector('.gallery-main img');
        image.src = picture.url;
        image.alt = picture.infotext.split('\n')[0].slice(0, 200);
        panel.querySelector('.infotext').textContent = picture.infotext;
        const link = panel.querySelector('[data-action=download]');
        link.href = picture.url;
        link.download = picture.name;
        const jobs = new Set(pictures.map(({job}) => job));
        panel.querySelector('[data-action=zip]').hidden = pictures.length < 2 || jobs.size > 1;
    }

    function drawStrip(panel, tab) {
        const {pictures, selected: chosen} = stateOf(tab);
        const strip = panel.querySelector('.gallery-strip');
        strip.hidden = pictures.length < 2;
        strip.replaceChildren(...pictures.map((picture, index) => {
            const button = document.createElement('button');
            button.type = 'button';
            button.className = 'thumbnail-item';
            button.setAttribute('role', 'option');
            button.setAttribute('aria-selected', String(index === chosen));
            button.title = picture.kind === 'grid' ? 'Grid' : picture.seed < 0 ? picture.name : `Seed ${picture.seed}`;
            const image = document.createElement('img');
            image.src = picture.url;
            image.alt = button.title;
            image.loading = 'lazy';
            button.append(image);
            button.addEventListener('click', () => select(tab, index));
            return button;
        }));
    }

    function select(tab, index) {
        const state = stateOf(tab);
        if (!state.pictures.length) return;
        state.selected = (index + state.pictures.length) % state.pictures.length;
        draw(tab);
    }

    function openLightbox(tab) {
        const box = document.createElement('dialog');
        box.className = 'lightbox';
        const image = document.createElement('img');
        const close = document.createElement('button');
        close.className = 'lightbox-close';
        close.textContent = '✕';
        close.title = 'Close (Esc)';
        box.append(image, close);
        const refresh = () => { image.src = stateOf(tab).pictures[stateOf(tab).selected].url; };
        box.addEventListener('click', () => box.close());
        box.addEventListener('close', () => box.remove());
        box.addEventListener('keydown', (event) => {
            const by = {ArrowLeft: -1, ArrowRight: 1}[event.key];
            if (!by) return;
            event.preventDefault();
            select(tab, stateOf(tab).selected + by);
            refresh();
        });
        refresh();
        document.body.append(box);
        box.showModal();
    }

    async function act(tab, action, button) {
        const state = stateOf(tab);
        const picture = state.pictures[state.selected];
        if (action === 'keep') {
            const {saved} = await webui.post(`internal/jobs/${picture.job}/keep`, {number: picture.number});
            flash(button, saved.length === 1 ? `Saved as ${saved[0]}` : `${saved.length} pictures saved`);
        } else if (action === 'copy') {
            await navigator.clipboard.writeText(picture.infotext);
            flash(button, 'Copied');
        } else if (action === 'reuse') {
            webui.pasteInto(tab, picture.infotext);
        } else if (action === 'zip') {
            location.href = `internal/jobs/${picture.job}/zip`;
        } else if (action === 'upscale') {
            webui.element(`${tab}_upscale_submit`).click();
        }
    }

    function flash(button, text, sign = '✓') {
        button.dataset.words ??= button.textContent;
        button.textContent = `${sign} ${text}`;
        setTimeout(() => { button.textContent = button.dataset.words; }, 2500);
    }

    webui.gallery = {
        show,
        draw,
        panelOf,
        selected,
    };

    webui.onLoaded(() => {
        webui.onSituation('txt2img_upscale_submit', () => selected('txt2img') ?? {});
        for (const panel of document.querySelectorAll('.output-panel:has(.gallery-main)')) {
            const {tab} = panel.dataset;
            panel.querySelector('.gallery-main').addEventListener('click', () => openLightbox(tab));
            for (const button of panel.querySelectorAll('button.action')) {
                button.addEventListener('click', () => {
                    const {action, send} = button.dataset;
                    const done = send ? webui.send(send, selected(tab), {from: tab}) : act(tab, action, button);
                    done.catch((error) => flash(button, error.message, '✕'));
                });
            }
        }
    });
})();
