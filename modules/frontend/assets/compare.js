// Before and after: a result of the Extras tab over its original, with a line to drag between them.
(() => {
    const TAB = 'extras';
    const MOST_ZOOM = 16;
    const WANTED = 'webui.compare';

    const {make} = webui;

    // Two pictures of one shape in the same place; of the first, only what is left of the line is seen.
    class Comparison {
        constructor({zooms}) {
            this.before = make('img', {alt: 'Before', draggable: false});
            this.after = make('img', {alt: 'After', draggable: false});
            this.slider = make('input', {type: 'range', min: 0, max: 100, step: 0.1, value: 50});
            this.slider.setAttribute('aria-label', 'Where the original ends and the result begins');
            this.element = make('div', {className: 'compare'},
                make('div', {className: 'compare-side'}, this.after),
                make('div', {className: 'compare-side compare-before'}, this.before),
                make('span', {className: 'compare-label compare-label-before', textContent: 'Before'}),
                make('span', {className: 'compare-label compare-label-after', textContent: 'After'}),
                make('div', {className: 'compare-line'}, make('span', {textContent: '⇔'})), this.slider);
            this.view = {zoom: 1, x: 0, y: 0};
            this.slider.addEventListener('input', () => this.draw());
            this.element.addEventListener('pointerdown', (event) => this.grab(event));
            if (zooms) this.element.addEventListener('wheel', (event) => this.wheel(event), {passive: false});
            this.draw();
        }

        show(before, after) {
            this.before.src = before.src;
            this.after.src = after.src;
            const {naturalWidth: width, naturalHeight: height} = after;
            this.element.style.setProperty('--width', width);
            this.element.style.setProperty('--height', height);
            this.view = {zoom: 1, x: 0, y: 0};
            this.draw();
        }

        draw() {
            const {zoom, x, y} = this.view;
            this.element.style.setProperty('--at', `${this.slider.value}%`);
            for (const image of [this.before, this.after]) {
                image.style.transform = `translate(${x}px, ${y}px) scale(${zoom})`;
                image.style.imageRendering = zoom > 4 ? 'pixelated' : 'auto';
            }
        }

        // Drag the line; enlarged, everything but the line moves the pictures.
        grab(event) {
            if (event.target.closest('button') || event.button) return;
            event.preventDefault();
            this.slider.focus({preventScroll: true});
            const line = this.view.zoom === 1 || Boolean(event.target.closest('.compare-line'));
            const start = {x: event.clientX - this.view.x, y: event.clientY - this.view.y};
            const move = (now) => {
                if (line) {
                    const box = this.element.getBoundingClientRect();
                    this.slider.value = ((now.clientX - box.left) / box.width) * 100;
                } else {
                    Object.assign(this.view, {x: now.clientX - start.x, y: now.clientY - start.y});
                }
                this.draw();
            };
            this.element.setPointerCapture(event.pointerId);
            this.element.addEventListener('pointermove', move);
            const end = () => this.element.removeEventListener('pointermove', move);
            this.element.addEventListener('pointerup', end, {once: true});
            this.element.addEventListener('pointercancel', end, {once: true});
            if (line) move(event);
        }

        // Enlarge around the pointer.
        wheel(event) {
            event.preventDefault();
            const box = this.element.getBoundingClientRect();
            const zoom = Math.min(Math.max(this.view.zoom * Math.exp(-event.deltaY / 300), 1), MOST_ZOOM);
            const by = zoom / this.view.zoom;
            const from = {x: event.clientX - box.left - box.width / 2, y: event.clientY - box.top - box.height / 2};
            this.view = zoom === 1 ? {zoom, x: 0, y: 0}
                : {zoom, x: from.x - (from.x - this.view.x) * by, y: from.y - (from.y - this.view.y) * by};
            this.draw();
        }
    }

    async function load(url) {
        const image = new Image();
        image.src = url;
        await image.decode();
        return image;
    }

    const shape = (image) => image.naturalWidth / image.naturalHeight;
    const alike = (one, other) => Math.abs(Math.log(shape(one) / shape(other))) < 0.03;
    const wanted = () => localStorage.getItem(WANTED) !== 'off';

    webui.onLoaded(() => {
        const panel = webui.gallery.panelOf(TAB);
        if (!panel) return;
        const comparison = new Comparison({zooms: false});
        const larger = make('button', {type: 'button', className: 'compare-larger', textContent: '🔍', title: 'Enlarge, and zoom with the wheel'});
        comparison.element.append(larger);
        panel.querySelector('.gallery-main').after(comparison.element);
        const toggle = make('button', {type: 'button', className: 'action', textContent: '◐ Before and after'});
        panel.querySelector('.gallery-actions').prepend(toggle);
        let pair = null;
        let address = '';

        function draw() {
            toggle.hidden = !pair;
            toggle.setAttribute('aria-pressed', String(wanted()));
            panel.classList.toggle('comparing', Boolean(pair) && wanted());
        }

        async function follow(picture) {
            if (picture?.url === address) return;
            address = picture?.url ?? '';
            pair = null;
            draw();
            if (!picture) return;
            try {
                const [before, after] = await Promise.all([load(`${picture.url}/original`), load(picture.url)]);
                if (picture.url !== address || !alike(before, after)) return;
                pair = {before, after};
                comparison.show(before, after);
            } catch {
                return; // parts of a picture have no original to lay beside them
            }
            draw();
        }

        function openLarge() {
            const large = new Comparison({zooms: true});
            large.show(pair.before, pair.after);
            large.slider.value = comparison.slider.value;
            large.draw();
            const close = make('button', {className: 'lightbox-close', textContent: '✕', title: 'Close (Esc)'});
            const box = make('dialog', {className: 'lightbox compare-box'}, large.element, close);
            close.addEventListener('click', () => box.close());
            box.addEventListener('close', () => box.remove());
            document.body.append(box);
            box.showModal();
            large.slider.focus();
        }

        larger.addEventListener('click', openLarge);
        toggle.addEventListener('click', () => {
            localStorage.setItem(WANTED, wanted() ? 'off' : 'on');
            draw();
        });
        document.addEventListener('webui:picture', ({detail}) => { if (detail.tab === TAB) follow(detail.picture); });
        follow(webui.gallery.selected(TAB));
    });
})();
