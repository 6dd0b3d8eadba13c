// The frame of the outpainting canvas: how far the picture grows to each side, pulled with the pointer or typed.
(() => {
    const parts = (webui.canvasParts ??= {});
    const STEP = 8;
    const COARSE_STEP = 64;
    const LONGEST_PX = 4096;
    const MARGIN = 0.15; // of the picture, left free to pull into
    const SIDES = ['left', 'up', 'down', 'right'];
    const OUTWARD = {left: [-1, 0], right: [1, 0], up: [0, -1], down: [0, 1]};
    const ARROWS = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1]};
    // A side that grows ends at a multiple of 8 (`plan_canvas` on the server).
    const sideMade = (before, wanted) => (wanted > before ? Math.ceil(wanted / STEP) * STEP : before);
    const along = ([x, y], {x: dx, y: dy}) => x * dx + y * dy;

    parts.Frame = class {
        constructor(easel) {
            this.easel = easel;
            this.extent = {left: 0, right: 0, up: 0, down: 0};
            this.element = parts.make('div', {class: 'canvas-frame', hidden: ''});
            this.label = parts.make('div', {class: 'canvas-frame-size'});
            this.handles = Object.fromEntries(SIDES.map((side) => [side, this.handle(side)]));
            this.element.append(this.label, ...Object.values(this.handles));
            this.numbers = Object.fromEntries(SIDES.map((side) => [side, this.number(side)]));
            this.fields = parts.make('div', {class: 'canvas-extents'}, ...SIDES.map((side) => parts.make(
                'label', {}, `${side[0].toUpperCase()}${side.slice(1)} `, this.numbers[side])));
        }

        // The whole new canvas, in pixels of the picture.
        get area() {
            const {width, height} = this.easel.picture;
            const {left, right, up, down} = this.extent;
            return {left: -left, top: -up, right: width + right, bottom: height + down};
        }

        // The same with room around it to pull into.
        get roomyArea() {
            const {left, top, right, bottom} = this.area;
            const room = MARGIN * Math.max(right - left, bottom - top);
            return {left: left - room, top: top - room, right: right + room, bottom: bottom + room};
        }

        handle(side) {
            const handle = parts.make('div', {class: `canvas-handle canvas-handle-${side}`, role: 'slider',
                tabindex: '0', 'aria-label': `Pixels to add: ${side}`, 'aria-valuemin': '0',
                'aria-valuemax': String(LONGEST_PX),
                'aria-orientation': side === 'up' || side === 'down' ? 'vertical' : 'horizontal',
                title: 'Pull to make the picture larger (Shift: steps of 64)', 'data-own-pointer': ''});
            handle.addEventListener('pointerdown', (event) => this.pull(handle, side, event));
            handle.addEventListener('keydown', (event) => this.nudge(side, event));
            return handle;
        }

        number(side) {
            const input = parts.make('input', {type: 'number', min: '0', max: String(LONGEST_PX), step: String(STEP),
                'aria-label': `Pixels to add: ${side}`});
            input.addEventListener('change', () => {
                this.set({[side]: Number(input.value) || 0});
                this.settle();
            });
            return input;
        }

        pull(handle, side, event) {
            if (event.button !== 0) return;
            event.preventDefault();
            handle.focus({preventScroll: true});
            handle.setPointerCapture(event.pointerId);
            const start = {x: event.clientX, y: event.clientY, pixels: this.extent[side]};
            const move = ({clientX, clientY, shiftKey}) => {
                const by = along(OUTWARD[side], {x: clientX - start.x, y: clientY - start.y}) / this.easel.view.zoom;
                this.set({[side]: start.pixels + by}, shiftKey ? COARSE_STEP : STEP);
            };
            handle.addEventListener('pointermove', move);
            handle.addEventListener('lostpointercapture', () => {
                handle.removeEventListener('pointermove', move);
                this.settle();
            }, {once: true});
        }

        nudge(side, event) {
            const arrow = ARROWS[event.key];
            if (!arrow) return;
            const direction = along(OUTWARD[side], {x: arrow[0], y: arrow[1]});
            if (!direction) return;
            event.preventDefault();
            this.set({[side]: this.extent[side] + direction * (event.shiftKey ? COARSE_STEP : STEP)});
            this.settle();
        }

        set(extent, step = STEP) {
            const wanted = {...this.extent};
            for (const side of SIDES) {
                if (extent[side] === undefined) continue;
                wanted[side] = parts.between(Math.round(extent[side] / step) * step, 0, LONGEST_PX);
            }
            if (!this.tooLarge(wanted)) this.extent = wanted;
            this.place();
            this.easel.changed();
        }

        // Show all of it again, once it is let go.
        settle() {
            if (this.easel.picture) this.easel.view.refit(this.roomyArea);
        }

        tooLarge({left, right, up, down}) {
            const {picture, maxPixels} = this.easel;
            return picture && (picture.width + left + right) * (picture.height + up + down) > maxPixels;
        }

        place() {
            const {picture, view} = this.easel;
            this.element.hidden = !picture;
            if (!picture) return;
            const {left, top, right, bottom} = this.area;
            Object.assign(this.element.style, {left: `${view.x + left * view.zoom}px`,
                top: `${view.y + top * view.zoom}px`, width: `${(right - left) * view.zoom}px`,
                height: `${(bottom - top) * view.zoom}px`});
            const [width, height] = [sideMade(picture.width, right - left), sideMade(picture.height, bottom - top)];
            this.label.textContent = `${width} × ${height}`;
            for (const side of SIDES) {
                this.handles[side].setAttribute('aria-valuenow', String(this.extent[side]));
                this.handles[side].dataset.pixels = this.extent[side] ? `+${this.extent[side]}` : '';
                this.numbers[side].value = String(this.extent[side]);
            }
        }
    };
})();
