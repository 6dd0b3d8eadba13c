// One canvas: a picture, what is painted on it, and the elements that show both.
(() => {
    const parts = (webui.canvasParts ??= {});
    const REMEMBER_AFTER_MS = 1200;
    const START_ALPHA = {mask: 0.65};
    const START_COLOR = {mask: '#ffffff'};
    const {make} = parts;

    // Another picture in place of one, as a step that can be undone.
    class PictureStep {
        constructor(easel, other) {
            Object.assign(this, {easel, other});
        }

        get cost() {
            return this.other.layer?.tiles.size ?? 0;
        }

        swap() {
            const {picture, layer} = this.easel;
            this.easel.put(this.other.picture, this.other.layer);
            this.other = {picture, layer};
        }
    }

    parts.Easel = class {
        constructor(element) {
            this.name = element.getAttribute('name');
            this.mode = element.getAttribute('mode');
            this.label = element.getAttribute('label');
            this.maxBytes = Number(element.getAttribute('max-bytes'));
            this.maxPixels = Number(element.getAttribute('max-pixels'));
            Object.assign(this, {picture: null, layer: null, history: new parts.History(), tool: 'brush',
                panning: false, fullscreen: false, overlayHidden: false, penSeen: false, lastPoint: null});
            this.brush = {size: 0, pressure: true, alpha: START_ALPHA[this.mode] ?? 1,
                color: element.getAttribute('color') || START_COLOR[this.mode] || '#000000'};
            this.changeListeners = new Set();
            this.keeper = new parts.Keeper(this);
            this.build(Number(element.getAttribute('height')));
            this.refresh();
            this.recalled = this.recall().catch((error) => console.info('A kept picture could not be read:', error));
        }

        get paints() {
            return parts.PAINTING.includes(this.mode);
        }

        get colorful() {
            return parts.COLORFUL.includes(this.mode);
        }

        build(height) {
            this.image = make('img', {class: 'canvas-picture', alt: '', draggable: 'false'});
            this.screen = make('canvas', {class: 'canvas-paint'});
            this.cursor = make('div', {class: 'canvas-cursor', hidden: ''});
            this.shape = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
            this.shape.setAttribute('class', 'canvas-shape');
            this.shape.append(document.createElementNS('http://www.w3.org/2000/svg', 'polygon'));
            this.facts = make('div', {class: 'canvas-facts'});
            this.stage = make('div', {class: 'canvas-stage', tabindex: '0', role: 'application',
                'aria-label': this.label}, this.image, this.screen, this.shape, this.cursor, this.facts);
            this.view = new parts.View(this.stage, this.image, this.screen);
            this.toolbar = new parts.Toolbar(this);
            this.door = new parts.Door(this);
            this.root = make('div', {class: 'canvas', 'data-mode': this.mode}, this.toolbar.element, this.stage,
                this.door.note);
            this.root.style.setProperty('--canvas-height', `${height}px`);
            this.door.watch(this.root);
            this.stage.append(this.door.empty);
            if (this.mode === 'outpaint') this.addFrame();
            this.gestures = new parts.Gestures(this);
            this.root.addEventListener('pointerenter', () => { this.hovered = true; });
            this.root.addEventListener('pointerleave', () => { this.hovered = false; this.cursor.hidden = true; });
            this.view.moved = () => this.onMoved();
        }

        addFrame() {
            this.frame = new parts.Frame(this);
            this.stage.prepend(this.frame.element);
            this.toolbar.element.after(this.frame.fields);
        }

        // Take `picture` in place of the one there is. It can be undone, where there was one.
        replace(picture) {
            this.gestures.settle();
            const step = new PictureStep(this, {picture, layer: this.layerFor(picture)});
            if (this.picture) this.history.push(step);
            this.frame?.set({left: 0, right: 0, up: 0, down: 0});
            step.swap();
            if (picture && !this.brush.size) this.setBrush({size: Math.min(picture.width, picture.height) / 12});
            this.changed();
        }

        layerFor(picture) {
            return picture && this.paints ? new parts.PaintLayer(picture.width, picture.height) : null;
        }

        put(picture, layer) {
            Object.assign(this, {picture, layer, lastPoint: null});
            this.root.classList.toggle('canvas-filled', Boolean(picture));
            this.door.close();
            URL.revokeObjectURL(this.image.src);
            this.image.removeAttribute('src');
            if (picture) {
                this.image.src = picture.url ?? URL.createObjectURL(picture.file);
                Object.assign(this.image.style, {width: `${picture.width}px`, height: `${picture.height}px`});
                this.root.style.setProperty('--picture-ratio', String(this.frame ? 1 : picture.width / picture.height));
            }
            this.view.show(layer, picture && this.areaToFit());
            if (!picture) this.leaveFullscreen();
        }

        areaToFit() {
            return this.frame ? this.frame.roomyArea
                : {left: 0, top: 0, right: this.picture.width, bottom: this.picture.height};
        }

        ink(erase) {
            const solid = erase || this.mode === 'mask';
            return {erase, color: solid ? '#ffffff' : this.brush.color, alpha: solid ? 1 : this.brush.alpha};
        }

        commit(step) {
            if (!step) return;
            this.history.push(step);
            this.changed();
        }

        changed() {
            this.refresh();
            clearTimeout(this.remembering);
            this.remembering = setTimeout(() => this.remember(), REMEMBER_AFTER_MS);
            for (const listener of this.changeListeners) listener(this.state());
        }

        state() {
            const {picture} = this;
            return {picture: Boolean(picture), width: picture?.width ?? 0, height: picture?.height ?? 0,
                painted: Boolean(this.layer?.tiles.size), frame: this.frame ? {...this.frame.extent} : null};
        }

        refresh() {
            this.toolbar.refresh();
            this.root.classList.toggle('canvas-undoable', this.history.done.length > 0);
            this.stage.dataset.tool = this.panning || !this.paints ? 'pan' : this.tool;
            this.screen.style.opacity = this.colorful ? 1 : this.brush.alpha;
            this.screen.style.visibility = this.overlayHidden ? 'hidden' : '';
            this.view.tint = this.colorful ? null : this.brush.color;
        }

        onMoved() {
            const {picture, view} = this;
            this.facts.textContent = picture && !this.frame
                ? `${picture.width} × ${picture.height} · ${Math.round(view.zoom * 100)}%` : '';
            this.frame?.place();
            this.sizeCursor();
        }

        // Do what a button or key says. Returns whether there was something to do.
        act(name) {
            const action = ACTIONS[name];
            const paints = parts.TOOLS.has(name) || NEED_PAINT.has(name);
            if ((paints && !this.layer) || (!this.picture && !WITHOUT_PICTURE.has(name))) return false;
            this.gestures.settle();
            if (parts.TOOLS.has(name)) this.tool = name === this.tool ? 'brush' : name;
            else action(this);
            this.refresh();
            return true;
        }

        whole(step) {
            this.commit(step);
            this.view.draw();
        }

        travel(moved) {
            if (!moved) return;
            this.view.draw();
            this.changed();
        }

        setBrush(change) {
            Object.assign(this.brush, change);
            this.brush.size = Math.round(parts.between(this.brush.size, parts.FINEST, parts.BROADEST));
            this.refresh();
            if (change.color && this.view.tint) this.view.draw();
            this.sizeCursor();
        }

        scaleBrush(factor) {
            const {size} = this.brush;
            const scaled = Math.round(size * factor);
            this.setBrush({size: scaled === size ? size + Math.sign(factor - 1) : scaled});
        }

        meetPen() {
            if (this.penSeen) return;
            this.penSeen = true;
            this.refresh();
        }

        setPanning(panning) {
            this.panning = panning;
            this.refresh();
        }

        showCursor(event) {
            this.pointerAt = this.view.toStage(event);
            this.cursor.hidden = !this.picture || event.pointerType === 'touch';
            this.sizeCursor();
        }

        sizeCursor() {
            if (this.cursor.hidden || !this.pointerAt) return;
            const side = Math.max(this.brush.size * this.view.zoom, 3);
            const {x, y} = this.pointerAt;
            Object.assign(this.cursor.style, {width: `${side}px`, height: `${side}px`,
                transform: `translate(${x - side / 2}px, ${y - side / 2}px)`});
        }

        // Show the outline of a rectangle or lasso while it is drawn; null: none.
        outline(points) {
            const {view} = this;
            const corners = (points ?? []).map(({x, y}) => `${x * view.zoom + view.x},${y * view.zoom + view.y}`);
            this.shape.firstChild.setAttribute('points', corners.join(' '));
        }

        pickColor({x, y}) {
            const pen = make('canvas', {width: '1', height: '1'}).getContext('2d', {willReadFrequently: true});
            pen.drawImage(this.image, Math.floor(x), Math.floor(y), 1, 1, 0, 0, 1, 1);
            for (const index of this.layer.under({left: x, top: y, right: x + 0.01, bottom: y + 0.01})) {
                const place = this.layer.placeOf(index);
                const tile = this.layer.tiles.get(index);
                if (tile) pen.drawImage(tile, place.x - Math.floor(x), place.y - Math.floor(y));
            }
            const [red, green, blue] = pen.getImageData(0, 0, 1, 1).data;
            this.setBrush({color: `#${((red << 16) | (green << 8) | blue).toString(16).padStart(6, '0')}`});
        }

        enterFullscreen() {
            this.home = this.root.parentElement;
            this.fullscreen = true;
            this.root.classList.add('canvas-fullscreen');
            document.body.append(this.root);
            this.stage.focus({preventScroll: true});
        }

        leaveFullscreen() {
            if (!this.fullscreen) return;
            this.fullscreen = false;
            this.root.classList.remove('canvas-fullscreen');
            this.home.append(this.root);
            this.stage.focus({preventScroll: true});
        }

        async remember() {
            const {picture, frame, brush, name} = this;
            if (picture !== this.remembered) await parts.memory.write(`${name}/picture`, picture);
            this.remembered = picture;
            const paint = await this.keeper.paintFile();
            await parts.memory.write(`${name}/paint`, {paint, brush, extent: frame?.extent});
        }

        async recall() {
            const [picture, kept] = await Promise.all(['picture', 'paint'].map(
                (part) => parts.memory.read(`${this.name}/${part}`)));
            if (!picture || this.picture) return;
            this.remembered = picture;
            if (picture.url) await this.door.take(picture.file); // the server shows it, and may have forgotten it
            else this.replace(picture);
            if (!this.picture) return;
            if (kept) await this.takeUp(kept);
            this.view.show(this.layer, this.areaToFit());
            this.changed();
        }

        async takeUp({paint, brush, extent}) {
            this.setBrush(brush);
            if (extent) this.frame?.set(extent);
            if (paint && this.layer) await this.layer.read(paint, this.colorful ? 4 : 1);
        }
    };

    const WITHOUT_PICTURE = new Set(['undo', 'redo', 'choose']);
    const NEED_PAINT = new Set(['fill', 'invert', 'clear', 'overlay', 'finer', 'broader']);
    const centre = ({stage}) => [stage.clientWidth / 2, stage.clientHeight / 2];
    const ACTIONS = {
        undo: (easel) => easel.travel(easel.history.undo()),
        redo: (easel) => easel.travel(easel.history.redo()),
        fill: (easel) => easel.whole(easel.layer.flood(easel.ink(false))),
        invert: (easel) => easel.whole(easel.layer.invert()),
        clear: (easel) => easel.whole(easel.layer.clear()),
        overlay: (easel) => { easel.overlayHidden = !easel.overlayHidden; },
        finer: (easel) => easel.scaleBrush(1 / 1.15),
        broader: (easel) => easel.scaleBrush(1.15),
        pressure: (easel) => easel.setBrush({pressure: !easel.brush.pressure}),
        closer: (easel) => easel.view.zoomAt(...centre(easel), 1.25),
        farther: (easel) => easel.view.zoomAt(...centre(easel), 1 / 1.25),
        fit: (easel) => easel.view.refit(easel.areaToFit()),
        fullscreen: (easel) => (easel.fullscreen ? easel.leaveFullscreen() : easel.enterFullscreen()),
        choose: (easel) => easel.door.choose(),
        remove: (easel) => easel.replace(null),
    };
})();
