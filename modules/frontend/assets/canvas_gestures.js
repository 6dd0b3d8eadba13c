// What mouse, pen, fingers and wheel do on a canvas.
(() => {
    const parts = (webui.canvasParts ??= {});
    const PINCH_CANCELS_MS = 400; // a stroke that young was the first finger of two
    const LIGHTEST = 0.2; // of the brush's size, at no pressure

    const middleOf = ([a, b]) => ({x: (a.x + b.x) / 2, y: (a.y + b.y) / 2, spread: Math.hypot(a.x - b.x, a.y - b.y)});

    // Whether Control is held on the keyboard; a pinch on a touchpad only claims it is.
    let controlHeld = false;
    const watchControl = (event) => { controlHeld = event.type !== 'blur' && (event.ctrlKey || event.metaKey); };
    for (const kind of ['keydown', 'keyup', 'blur']) window.addEventListener(kind, watchControl, true);

    class PanGesture {
        constructor(easel, event) {
            Object.assign(this, {easel, x: event.clientX, y: event.clientY});
        }

        move(event) {
            this.easel.view.panBy(event.clientX - this.x, event.clientY - this.y);
            [this.x, this.y] = [event.clientX, event.clientY];
        }

        finish() {}

        cancel() {}
    }

    class StrokeGesture {
        constructor(easel, event, erase) {
            this.easel = easel;
            this.edit = new parts.Edit(easel.layer, easel.ink(erase));
            this.stroke = new parts.Stroke(this.edit);
            if (event.shiftKey && easel.lastPoint) this.stroke.add({...easel.lastPoint, r: easel.brush.size / 2});
            this.stroke.add(this.point(event));
            this.draw();
        }

        point(event) {
            const bySize = event.pointerType === 'pen' && this.easel.brush.pressure && event.pressure > 0;
            const scale = bySize ? LIGHTEST + (1 - LIGHTEST) * event.pressure : 1;
            return {...this.easel.view.toPicture(event), r: Math.max(0.5, this.easel.brush.size / 2 * scale)};
        }

        move(event) {
            const between = event.getCoalescedEvents?.() ?? [];
            for (const each of between.length ? between : [event]) this.stroke.add(this.point(each));
            this.frame ??= requestAnimationFrame(() => this.draw());
        }

        draw() {
            cancelAnimationFrame(this.frame);
            this.frame = null;
            this.easel.view.draw(this.stroke.draw());
        }

        finish() {
            this.draw();
            this.easel.lastPoint = this.stroke.last;
            this.easel.commit(this.edit.finish());
        }

        cancel() {
            cancelAnimationFrame(this.frame);
            this.edit.cancel();
            this.easel.view.draw();
        }
    }

    // A rectangle or a lasso, filled when it is let go.
    class ShapeGesture {
        constructor(easel, event, erase) {
            Object.assign(this, {easel, erase, points: [easel.view.toPicture(event)]});
        }

        move(event) {
            const point = this.easel.view.toPicture(event);
            const {points} = this;
            if (this.easel.tool === 'lasso') points.push(point);
            else this.points = parts.corners(points[0], point);
            this.easel.outline(this.points);
        }

        finish() {
            this.cancel();
            if (this.points.length < 3) return;
            const edit = new parts.Edit(this.easel.layer, this.easel.ink(this.erase));
            const path = new Path2D();
            this.points.forEach(({x, y}) => path.lineTo(x, y));
            edit.fill(path, parts.around(this.points.map(({x, y}) => ({left: x, top: y, right: x, bottom: y}))));
            this.easel.whole(edit.finish());
        }

        cancel() {
            this.easel.outline(null);
        }
    }

    parts.corners = (a, b) => {
        const [left, right] = [Math.round(Math.min(a.x, b.x)), Math.round(Math.max(a.x, b.x))];
        const [top, bottom] = [Math.round(Math.min(a.y, b.y)), Math.round(Math.max(a.y, b.y))];
        return [{x: left, y: top}, {x: right, y: top}, {x: right, y: bottom}, {x: left, y: bottom}];
    };

    parts.Gestures = class {
        constructor(easel) {
            Object.assign(this, {easel, current: null, pointer: null, began: 0, fingers: new Map(), pinch: null});
            const {stage} = easel;
            stage.addEventListener('pointerdown', (event) => this.down(event));
            stage.addEventListener('pointermove', (event) => this.move(event));
            stage.addEventListener('pointerup', (event) => this.up(event));
            stage.addEventListener('pointercancel', (event) => this.up(event));
            stage.addEventListener('lostpointercapture', (event) => this.up(event));
            stage.addEventListener('wheel', (event) => this.wheel(event), {passive: false});
            stage.addEventListener('contextmenu', (event) => { if (easel.paints) event.preventDefault(); });
        }

        down(event) {
            const {easel} = this;
            if (!easel.picture || event.target.closest('[data-own-pointer]')) return;
            easel.stage.focus({preventScroll: true});
            easel.stage.setPointerCapture(event.pointerId);
            if (event.button === 1) event.preventDefault(); // no automatic scrolling
            if (event.pointerType === 'touch') {
                this.fingers.set(event.pointerId, easel.view.toStage(event));
                if (this.fingers.size > 1) {
                    this.beginPinch();
                    return;
                }
            }
            if (this.current) return;
            if (event.pointerType === 'pen') easel.meetPen();
            this.pointer = event.pointerId;
            this.began = performance.now();
            this.current = this.begin(event);
        }

        begin(event) {
            const {easel} = this;
            const fingerBesidePen = event.pointerType === 'touch' && easel.penSeen;
            if (!easel.paints || event.button === 1 || easel.panning || fingerBesidePen) {
                return new PanGesture(easel, event);
            }
            if (event.altKey && easel.colorful) {
                easel.pickColor(easel.view.toPicture(event));
                return null;
            }
            const erase = easel.tool === 'eraser' || event.button === 2 || event.button === 5;
            const Gesture = ['rectangle', 'lasso'].includes(easel.tool) ? ShapeGesture : StrokeGesture;
            return new Gesture(easel, event, erase);
        }

        move(event) {
            this.easel.showCursor(event);
            if (this.fingers.has(event.pointerId)) this.fingers.set(event.pointerId, this.easel.view.toStage(event));
            if (this.pinch) this.movePinch();
            else if (this.current && event.pointerId === this.pointer) this.current.move(event);
        }

        up(event) {
            this.fingers.delete(event.pointerId);
            if (this.fingers.size < 2) this.pinch = null;
            if (event.pointerId !== this.pointer) return;
            this.settle();
        }

        // Finish what is under way, as when the pointer is lifted.
        settle() {
            const {current} = this;
            this.current = this.pointer = null;
            current?.finish();
        }

        beginPinch() {
            if (performance.now() - this.began < PINCH_CANCELS_MS) {
                this.current?.cancel();
                this.current = this.pointer = null;
            } else {
                this.settle();
            }
            this.pinch = middleOf([...this.fingers.values()]);
        }

        movePinch() {
            const now = middleOf([...this.fingers.values()]);
            const {view} = this.easel;
            view.panBy(now.x - this.pinch.x, now.y - this.pinch.y);
            if (this.pinch.spread > 0) view.zoomAt(now.x, now.y, now.spread / this.pinch.spread);
            this.pinch = now;
        }

        wheel(event) {
            const {easel} = this;
            const touchpadPinch = event.ctrlKey && !controlHeld;
            const sizing = (event.ctrlKey || event.metaKey) && !touchpadPinch;
            const engaged = easel.fullscreen || document.activeElement === easel.stage;
            if (!easel.picture || !(event.ctrlKey || event.metaKey || event.altKey || engaged)) return;
            event.preventDefault();
            const amount = (event.deltaY || event.deltaX) * (event.deltaMode ? 30 : 1);
            if (sizing && easel.paints) {
                easel.scaleBrush(amount > 0 ? 1 / 1.1 : 1.1);
            } else {
                const {x, y} = easel.view.toStage(event);
                easel.view.zoomAt(x, y, Math.exp(-amount * (touchpadPinch ? 0.01 : 0.0015)));
            }
        }
    };
})();
