// Where a picture and its paint appear on the page: zoom, pan, fit.
(() => {
    const parts = (webui.canvasParts ??= {});
    const LARGEST = 32;
    const FIT_LARGEST = 8;
    const KEPT_INSIDE_PX = 48;
    const PIXELS_FROM = 3; // from this zoom on pixels are shown as squares

    const between = (value, least, most) => Math.min(Math.max(value, least), Math.max(least, most));

    class View {
        constructor(stage, image, screen) {
            Object.assign(this, {stage, image, screen, zoom: 1, x: 0, y: 0, fitted: true, layer: null, tint: null});
            this.pen = screen.getContext('2d');
            this.area = null; // what `fit` shows, in pixels of the picture
            this.moved = () => {};
            new ResizeObserver(() => this.resize()).observe(stage);
        }

        show(layer, area) {
            this.layer = layer;
            this.pen.clearRect(0, 0, this.screen.width, this.screen.height);
            this.refit(area);
        }

        refit(area) {
            this.area = area;
            this.fitted = true; // also on a tab that is not shown yet
            this.fit();
        }

        resize() {
            const {clientWidth: width, clientHeight: height} = this.stage;
            if (!width || !height) return; // on a tab that is not shown
            const density = window.devicePixelRatio || 1;
            const [wide, high] = [Math.round(width * density), Math.round(height * density)];
            if (this.screen.width !== wide || this.screen.height !== high) {
                this.screen.width = wide;
                this.screen.height = high;
            }
            this.density = density;
            if (this.fitted) this.fit();
            else this.place();
        }

        // Show all of `area`, in the middle.
        fit() {
            if (!this.area || !this.stage.clientWidth) return;
            const {left, top, right, bottom} = this.area;
            const {clientWidth: width, clientHeight: height} = this.stage;
            this.zoom = Math.min(width / (right - left), height / (bottom - top), FIT_LARGEST);
            this.x = (width - (left + right) * this.zoom) / 2;
            this.y = (height - (top + bottom) * this.zoom) / 2;
            this.fitted = true;
            this.place();
        }

        get smallest() {
            const {left, top, right, bottom} = this.area;
            return Math.min(this.stage.clientWidth / (right - left), this.stage.clientHeight / (bottom - top), 1) / 4;
        }

        // Zoom by `factor`; the place under (x, y) of the stage stays there.
        zoomAt(x, y, factor) {
            if (!this.area) return;
            const zoom = between(this.zoom * factor, this.smallest, LARGEST);
            this.x = x - (x - this.x) * zoom / this.zoom;
            this.y = y - (y - this.y) * zoom / this.zoom;
            this.zoom = zoom;
            this.fitted = false;
            this.place();
        }

        panBy(x, y) {
            this.x += x;
            this.y += y;
            this.fitted = false;
            this.place();
        }

        place() {
            if (!this.area) return;
            this.keepInside();
            this.image.style.transform = `translate(${this.x}px, ${this.y}px) scale(${this.zoom})`;
            this.image.style.imageRendering = this.zoom >= PIXELS_FROM ? 'pixelated' : '';
            this.draw();
            this.moved();
        }

        keepInside() {
            const {left, top, right, bottom} = this.area;
            this.x = between(this.x, KEPT_INSIDE_PX - right * this.zoom,
                this.stage.clientWidth - KEPT_INSIDE_PX - left * this.zoom);
            this.y = between(this.y, KEPT_INSIDE_PX - bottom * this.zoom,
                this.stage.clientHeight - KEPT_INSIDE_PX - top * this.zoom);
        }

        toStage(event) {
            const box = this.stage.getBoundingClientRect();
            return {x: event.clientX - box.left - this.stage.clientLeft,
                y: event.clientY - box.top - this.stage.clientTop};
        }

        toPicture(event) {
            const {x, y} = this.toStage(event);
            return {x: (x - this.x) / this.zoom, y: (y - this.y) / this.zoom};
        }

        // Show the paint in `area` of the picture (all of it, if none is given) as it is now.
        draw(area) {
            const {pen, screen} = this;
            if (!this.layer || !this.density) return;
            const {left, top, right, bottom} = area ? this.widened(area) : this.seen();
            pen.save();
            pen.beginPath();
            pen.rect(...this.onScreen(left, top, right, bottom));
            pen.clip();
            pen.clearRect(0, 0, screen.width, screen.height);
            pen.imageSmoothingEnabled = this.zoom < PIXELS_FROM;
            for (const index of this.layer.under({left, top, right, bottom})) this.drawTile(index);
            if (this.tint) {
                pen.globalCompositeOperation = 'source-in';
                pen.fillStyle = this.tint;
                pen.fillRect(0, 0, screen.width, screen.height);
            }
            pen.restore();
        }

        drawTile(index) {
            const tile = this.layer.tiles.get(index);
            if (!tile) return;
            const {x, y} = this.layer.placeOf(index);
            const width = Math.min(parts.TILE_SIDE, this.layer.width - x);
            const height = Math.min(parts.TILE_SIDE, this.layer.height - y);
            this.pen.drawImage(tile, 0, 0, width, height, ...this.onScreen(x, y, x + width, y + height));
        }

        // As far as a change shows when pixels are smoothed.
        widened({left, top, right, bottom}) {
            const more = 1 + 2 / this.zoom;
            return {left: left - more, top: top - more, right: right + more, bottom: bottom + more};
        }

        // The part of the picture's plane that the stage shows.
        seen() {
            return {left: -this.x / this.zoom, top: -this.y / this.zoom,
                right: (this.stage.clientWidth - this.x) / this.zoom,
                bottom: (this.stage.clientHeight - this.y) / this.zoom};
        }

        // [x, y, width, height] in whole pixels of the screen, so that tiles meet without seams.
        onScreen(left, top, right, bottom) {
            const at = (value, offset) => Math.round((value * this.zoom + offset) * this.density);
            const [x, y] = [at(left, this.x), at(top, this.y)];
            return [x, y, at(right, this.x) - x, at(bottom, this.y) - y];
        }
    }

    Object.assign(parts, {View, between});
})();
