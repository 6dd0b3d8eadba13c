// Finished pictures: a large one, a strip of small ones, what was written about them, and a lightbox.
(() => {
    const states = {};

    const panelOf = (tab) => document.querySelector(`.output-panel[data-tab=${tab}]`);

    function stateOf(tab) {
        states[tab] ??= {pictures: [], selected: 0, job: null};
        return states[tab];
    }

    function show(tab, job, pictures) {
        const state = stateOf(tab);
        const grew = pictures.length - state.pictures.length;
        if (state.job === job && grew === 0) return;
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
        const {pictures, selected} = stateOf(tab);
        const picture = pictures[selected];
        panel.querySelector('.gallery-main').hidden = !picture;
        panel.querySelector('.gallery-actions').hidden = !picture;
        panel.querySelector('.infotext').hidden = !picture;
        panel.querySelector('.gallery-empty').hidden = Boolean(picture) || panel.classList.contains('busy');
        drawStrip(panel, tab);
        if (!picture) return;
        const image = panel.querySelector('.gallery-main img');
        image.src = picture.url;
        image.alt = picture.infotext.split('\n')[0].slice(0, 200);
        panel.querySelector('.infotext').textContent = picture.infotext;
        const link = panel.querySelector('[data-action=download]');
        link.href = picture.url;
        link.download = picture.name;
        panel.querySelector('[data-action=zip]').hidden = pictures.length < 2;
    }

    function drawStrip(panel, tab) {
        const {pictures, selected} = stateOf(tab);
        const strip = panel.querySelector('.gallery-strip');
        strip.hidden = pictures.length < 2;
        strip.replaceChildren(...pictures.map((picture, index) => {
            const button = document.createElement('button');
            button.type = 'button';
            button.className = 'thumbnail-item';
            button.setAttribute('role', 'option');
            button.setAttribute('aria-selected', String(index === selected));
            button.title = picture.kind === 'grid' ? 'Grid' : `Seed ${picture.seed}`;
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
            const {saved} = await webui.post(`internal/jobs/${state.job}/keep`, {number: state.selected});
            flash(button, saved.length === 1 ? `Saved as ${saved[0]}` : `${saved.length} pictures saved`);
        } else if (action === 'copy') {
            await navigator.clipboard.writeText(picture.infotext);
            flash(button, 'Copied');
        } else if (action === 'reuse') {
            webui.setValue(document.querySelector(`#${tab}_prompt textarea`), picture.infotext);
            setTimeout(() => webui.element('paste').click(), 50); // Gradio takes the new text over first
        } else if (action === 'zip') {
            location.href = `internal/jobs/${state.job}/zip`;
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
        selected: (tab) => stateOf(tab).pictures[stateOf(tab).selected] ?? null,
    };

    webui.onLoaded(() => {
        for (const panel of document.querySelectorAll('.output-panel')) {
            const {tab} = panel.dataset;
            panel.querySelector('.gallery-main').addEventListener('click', () => openLightbox(tab));
            for (const button of panel.querySelectorAll('button.action')) {
                button.addEventListener('click', () => {
                    act(tab, button.dataset.action, button).catch((error) => flash(button, error.message, '✕'));
                });
            }
        }
    });
})();
