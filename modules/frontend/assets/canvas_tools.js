// The bar of tools above a canvas, and the keys that do the same.
(() => {
    const parts = (webui.canvasParts ??= {});
    const COLORFUL = ['sketch', 'mask_sketch'];
    const PAINTING = ['mask', ...COLORFUL];
    const FINEST = 1;
    const BROADEST = 1024;

    // Drawn on 24 by 24, in the colour of the text.
    const ICONS = {
        brush: 'M4 20l1-5L15.5 4.5l4 4L9 19zM13 7l4 4',
        eraser: 'M9 20l-5-5L14 5l6 6-9 9zM9 10l6 6M9 20h11',
        rectangle: 'M4 6h16v12H4z',
        lasso: 'M12 5c5 0 8 2.2 8 5s-3 5.5-8 5.5-8-2.7-8-5.5 3-5 8-5zM8 15c-2.5 1-2 4 .5 5',
        undo: 'M8 5L4 9l4 4M4 9h10a5.5 5.5 0 0 1 0 11h-3',
        redo: 'M16 5l4 4-4 4M20 9H10a5.5 5.5 0 0 0 0 11h3',
        fill: 'M10 4l8.5 8.5-6.5 6.5a2 2 0 0 1-3 0l-5-5a2 2 0 0 1 0-3zM4 12.5h14M20.5 16c2 3 1.5 4 0 4s-2-1 0-4',
        invert: 'M12 4a8 8 0 1 0 0 16zM12 4a8 8 0 0 1 0 16',
        clear: 'M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13M10.5 11v5M13.5 11v5',
        overlay: 'M2.5 12s3.5-6.5 9.5-6.5 9.5 6.5 9.5 6.5-3.5 6.5-9.5 6.5S2.5 12 2.5 12zM12 9.5a2.5 2.5 0 1 0 .01 0',
        fit: 'M4 5h16v14H4zM8 12h8M8 12l2-2M8 12l2 2M16 12l-2-2M16 12l-2 2',
        fullscreen: 'M9 4H4v5M15 4h5v5M9 20H4v-5M15 20h5v-5',
        choose: 'M3 19V6h6l2 2.5h10V19z',
        remove: 'M6 6l12 12M18 6L6 18',
        pressure: 'M4 19c3 0 5-2 8-6s5-6 8-8M4 19h16',
    };

    // Groups of [name, words, modes (all, if none are given)].
    const BUTTONS = {
        tool: [['brush', 'Brush (B). Right button: erase. Shift+click: straight line', PAINTING],
            ['eraser', 'Eraser (E)', PAINTING], ['rectangle', 'Fill a rectangle (M)', PAINTING],
            ['lasso', 'Fill a drawn outline (L)', PAINTING]],
        history: [['undo', 'Undo (Ctrl+Z)'], ['redo', 'Redo (Ctrl+Shift+Z)']],
        whole: [['fill', 'Fill everything', PAINTING], ['invert', 'Swap painted and unpainted', ['mask']],
            ['clear', 'Clear what is painted', PAINTING]],
        view: [['overlay', 'Hide or show what is painted (O, or hold it)', PAINTING],
            ['fit', 'Show the whole picture (R)'], ['fullscreen', 'Fill the window (S)']],
        file: [['choose', 'Choose another picture'], ['remove', 'Remove the picture']],
    };
    const TOOLS = new Set(BUTTONS.tool.map(([name]) => name));
    const KEYS = {b: 'brush', e: 'eraser', m: 'rectangle', l: 'lasso', r: 'fit', s: 'fullscreen', '+': 'closer',
        '=': 'closer', '-': 'farther', q: 'finer', '[': 'finer', w: 'broader', ']': 'broader'};
    const HOLD_MS = 300;

    function make(tag, attributes, ...children) {
        const element = document.createElement(tag);
        for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
        element.append(...children);
        return element;
    }

    function icon(name) {
        const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
        svg.setAttribute('viewBox', '0 0 24 24');
        svg.setAttribute('aria-hidden', 'true');
        svg.innerHTML = `<path d="${ICONS[name]}"/>`;
        return svg;
    }

    const serves = (easel, modes) => !modes || modes.includes(easel.mode);

    class Toolbar {
        constructor(easel) {
            this.easel = easel;
            this.buttons = new Map();
            this.element = make('div', {class: 'canvas-tools', role: 'toolbar', 'aria-label': easel.label});
            this.element.append(this.group('tool'), ...(easel.paints ? [this.brushControls()] : []),
                ...['history', 'whole', 'view', 'file'].map((name) => this.group(name)));
        }

        group(name) {
            const buttons = BUTTONS[name].filter(([, , modes]) => serves(this.easel, modes));
            return make('div', {class: `canvas-group canvas-group-${name}`},
                ...buttons.map(([action, words]) => this.button(action, words)));
        }

        button(action, words) {
            const button = make('button', {type: 'button', title: words, 'aria-label': words, 'data-act': action},
                icon(action));
            button.addEventListener('click', () => this.easel.act(action));
            this.buttons.set(action, button);
            return button;
        }

        brushControls() {
            const {easel} = this;
            this.size = this.slider('Brush size (Q and W, or Ctrl+wheel)', [0, 100, 0.5],
                (value) => easel.setBrush({size: toSize(value)}));
            this.sizeText = make('output', {class: 'canvas-number'});
            const whose = easel.colorful ? 'Brush' : 'Mask';
            const hint = easel.colorful ? ' (Alt+click takes one from the picture)' : ' on the page';
            this.color = make('input', {type: 'color', title: `${whose} colour${hint}`,
                'aria-label': `${whose} colour`});
            this.color.addEventListener('input', () => easel.setBrush({color: this.color.value}));
            this.alpha = this.slider(`${whose} opacity${easel.colorful ? '' : ' on the page'}`, [0.05, 1, 0.05],
                (value) => easel.setBrush({alpha: value}));
            this.alpha.classList.add('canvas-alpha');
            const pressure = this.button('pressure', 'A pen pressed harder paints broader');
            return make('div', {class: 'canvas-group canvas-brush'}, this.size, this.sizeText, this.color, this.alpha,
                pressure);
        }

        slider(words, [min, max, step], changed) {
            const input = make('input', {type: 'range', title: words, 'aria-label': words, min, max, step});
            input.addEventListener('input', () => changed(Number(input.value)));
            return input;
        }

        refresh() {
            const {easel, buttons} = this;
            for (const [action, button] of buttons) {
                if (TOOLS.has(action)) button.setAttribute('aria-pressed', String(easel.tool === action));
            }
            buttons.get('undo').disabled = !easel.history.done.length;
            buttons.get('redo').disabled = !easel.history.undone.length;
            buttons.get('fullscreen').setAttribute('aria-pressed', String(easel.fullscreen));
            if (!easel.paints) return;
            buttons.get('overlay').setAttribute('aria-pressed', String(easel.overlayHidden));
            buttons.get('pressure').hidden = !easel.penSeen;
            buttons.get('pressure').setAttribute('aria-pressed', String(easel.brush.pressure));
            const {size, color, alpha} = easel.brush;
            this.size.value = toSlider(size);
            this.size.setAttribute('aria-valuetext', `${size} pixels`);
            this.sizeText.value = `${size} px`;
            this.color.value = color;
            this.alpha.value = alpha;
        }
    }

    // The slider's steps grow with the size.
    const toSize = (value) => Math.round(FINEST * (BROADEST / FINEST) ** (value / 100));
    const toSlider = (size) => 100 * Math.log(Math.max(size, FINEST) / FINEST) / Math.log(BROADEST / FINEST);

    const isTyping = (target) => target.closest?.('textarea, select, [contenteditable=""], [contenteditable=true], '
        + 'input:not([type=range], [type=color], [type=checkbox], [type=radio], [type=button])');
    const takesSpace = (target) => target.closest?.('button, input, summary, a');

    // Keys for the canvas that the pointer is over, or else the one that has the focus.
    class Keyboard {
        constructor(active) {
            Object.assign(this, {active, held: null, since: 0});
            window.addEventListener('keydown', (event) => this.down(event), true);
            window.addEventListener('keyup', (event) => this.up(event), true);
            window.addEventListener('blur', () => this.release());
        }

        down(event) {
            const easel = this.active();
            if (!easel || isTyping(event.target) || !this.handle(easel, event)) return;
            event.preventDefault();
            event.stopPropagation();
        }

        handle(easel, event) {
            const key = event.key.toLowerCase();
            if (event.ctrlKey || event.metaKey) return !event.altKey && this.command(easel, key, event.shiftKey);
            if (key === 'alt') return true; // else Windows moves to the window's menu
            if (event.altKey) return false;
            if (key === 'escape') return easel.fullscreen && easel.act('fullscreen');
            if (key === 'f' || (key === ' ' && !takesSpace(event.target))) return this.hold(easel, 'pan', event);
            if (key === 'o' && easel.paints) return this.hold(easel, 'overlay', event);
            return KEYS[key] !== undefined && easel.act(KEYS[key]);
        }

        command(easel, key, shift) {
            if (key === 'z') return easel.act(shift ? 'redo' : 'undo');
            return key === 'y' && easel.act('redo');
        }

        hold(easel, what, event) {
            if (event.repeat || this.held) return true;
            Object.assign(this, {held: {easel, what, key: event.key.toLowerCase()}, since: performance.now()});
            if (what === 'pan') easel.setPanning(true);
            else easel.act('overlay');
            return true;
        }

        up(event) {
            if (this.held && event.key.toLowerCase() === this.held.key) this.release();
        }

        release() {
            if (!this.held) return;
            const {easel, what} = this.held;
            this.held = null;
            if (what === 'pan') easel.setPanning(false);
            else if (performance.now() - this.since > HOLD_MS) easel.act('overlay');
        }
    }

    Object.assign(parts, {Toolbar, Keyboard, TOOLS, COLORFUL, PAINTING, FINEST, BROADEST, make});
})();
