// What is painted over a picture: sparse tiles, edits of them, strokes, and the way back.
//
// A tile is never changed once an edit is finished: the next edit puts a copy in its place. So a step of the history
// is a handful of tiles to swap in, costs what was touched, and an untouched part of a large picture costs nothing.
(() => {
    const parts = (webui.canvasParts ??= {});
    const SIDE = 256;
    const MOST_TILES = 1024; // 256 MB of history
    const MOST_STEPS = 200;

    function newTile() {
        const tile = document.createElement('canvas');
        tile.width = tile.height = SIDE;
        tile.pen = tile.getContext('2d', {willReadFrequently: true}); // in memory: the GPU is busy with pictures
        return tile;
    }

    function copyOf(before) {
        const tile = newTile();
        if (before) tile.pen.drawImage(before, 0, 0);
        return tile;
    }

    function flooded(ink, before) {
        const tile = copyOf(before);
        tile.pen.globalAlpha = ink.alpha;
        tile.pen.fillStyle = ink.color;
        tile.pen.fillRect(0, 0, SIDE, SIDE);
        return tile;
    }

    function inverted(before) {
        const tile = copyOf(before);
        tile.pen.globalCompositeOperation = 'source-out';
        tile.pen.fillStyle = '#fff';
        tile.pen.fillRect(0, 0, SIDE, SIDE);
        return tile;
    }

    const isBlank = (tile) => {
        const {data} = tile.pen.getImageData(0, 0, SIDE, SIDE);
        return new Uint32Array(data.buffer).every((pixel) => pixel === 0);
    };

    class PaintLayer {
        constructor(width, height) {
            Object.assign(this, {width, height, tiles: new Map(), version: 0});
            this.columns = Math.ceil(width / SIDE);
            this.rows = Math.ceil(height / SIDE);
        }

        get bounds() {
            return {left: 0, top: 0, right: this.width, bottom: this.height};
        }

        placeOf(index) {
            return {x: (index % this.columns) * SIDE, y: Math.floor(index / this.columns) * SIDE};
        }

        // The numbers of all tiles that `rect` touches.
        under(rect) {
            const found = [];
            const last = {column: Math.min(this.columns, Math.ceil(rect.right / SIDE)),
                row: Math.min(this.rows, Math.ceil(rect.bottom / SIDE))};
            for (let row = Math.max(0, Math.floor(rect.top / SIDE)); row < last.row; row++) {
                for (let column = Math.max(0, Math.floor(rect.left / SIDE)); column < last.column; column++) {
                    found.push(row * this.columns + column);
                }
            }
            return found;
        }

        // Put `tile` (null: nothing) in its place and return what was there.
        swap(index, tile) {
            const before = this.tiles.get(index) ?? null;
            if (tile) this.tiles.set(index, tile);
            else this.tiles.delete(index);
            this.version++;
            return before;
        }

        replaceAll(change) {
            const edit = new Edit(this);
            for (const index of this.under(this.bounds)) edit.put(index, change(this.tiles.get(index) ?? null));
            return edit.finish();
        }

        flood(ink) {
            const shared = flooded(ink, null);
            return this.replaceAll((before) => (ink.alpha < 1 && before ? flooded(ink, before) : shared));
        }

        invert() {
            const shared = flooded({color: '#fff', alpha: 1}, null);
            return this.replaceAll((before) => (before ? inverted(before) : shared));
        }

        clear() {
            return this.replaceAll(() => null);
        }

        // The pixels for a file: `channels` 1 is how much is painted, 4 the colours. Null where nothing is painted.
        toRows(channels) {
            const rows = new parts.PixelRows(this.width, this.height, channels);
            let painted = false;
            for (const [index, tile] of this.tiles) {
                const place = this.placeOf(index);
                painted = copyPixels(tile, place, rows) || painted;
            }
            return painted ? rows : null;
        }

        // Take over a file that was made of `toRows(channels)`.
        async read(file, channels) {
            const image = await createImageBitmap(file);
            for (const index of this.under(this.bounds)) {
                const {x, y} = this.placeOf(index);
                const tile = newTile();
                tile.pen.drawImage(image, -x, -y);
                if (channels === 1) greyToAlpha(tile);
                if (!isBlank(tile)) this.swap(index, tile);
            }
            image.close();
        }
    }

    function copyPixels(tile, {x, y}, rows) {
        const [width, height] = [Math.min(SIDE, rows.width - x), Math.min(SIDE, rows.height - y)];
        const {data} = tile.pen.getImageData(0, 0, width, height);
        let seen = 0;
        for (let row = 0; row < height; row++) {
            let to = rows.at(x, y + row);
            const end = (row + 1) * width * 4;
            for (let from = row * width * 4; from < end; from += 4) {
                const alpha = data[from + 3];
                seen |= alpha;
                if (rows.channels === 1) {
                    rows.bytes[to++] = alpha;
                } else {
                    rows.bytes[to++] = data[from];
                    rows.bytes[to++] = data[from + 1];
                    rows.bytes[to++] = data[from + 2];
                    rows.bytes[to++] = alpha;
                }
            }
        }
        return seen > 0;
    }

    // A grey file has no alpha: how bright a pixel is says how much is painted.
    function greyToAlpha(tile) {
        const image = tile.pen.getImageData(0, 0, SIDE, SIDE);
        for (let at = 0; at < image.data.length; at += 4) {
            image.data[at + 3] = image.data[at];
            image.data.fill(255, at, at + 3);
        }
        tile.pen.putImageData(image, 0, 0);
    }

    // A change in the making. `ink`: {color, alpha, erase}.
    class Edit {
        constructor(layer, ink) {
            Object.assign(this, {layer, ink, before: new Map()});
        }

        put(index, tile) {
            const before = this.layer.swap(index, tile);
            if (!this.before.has(index)) this.before.set(index, before);
        }

        // Make `rect` what it was before the edit, with `path` filled over it.
        fill(path, rect) {
            const area = outward(rect);
            for (const index of this.layer.under(area)) {
                if (!this.before.has(index)) this.put(index, copyOf(this.layer.tiles.get(index)));
                this.fillTile(index, path, area);
            }
        }

        fillTile(index, path, area) {
            const {x, y} = this.layer.placeOf(index);
            const {pen} = this.layer.tiles.get(index);
            const before = this.before.get(index);
            pen.save();
            pen.translate(-x, -y);
            pen.beginPath();
            pen.rect(area.left, area.top, area.right - area.left, area.bottom - area.top);
            pen.clip();
            pen.clearRect(x, y, SIDE, SIDE);
            if (before) pen.drawImage(before, x, y);
            pen.globalAlpha = this.ink.alpha;
            pen.globalCompositeOperation = this.ink.erase ? 'destination-out' : 'source-over';
            pen.fillStyle = this.ink.color;
            pen.fill(path);
            pen.restore();
        }

        cancel() {
            for (const [index, tile] of this.before) this.layer.swap(index, tile);
        }

        // Return the step for the history; null where nothing changed.
        finish() {
            const {layer, before} = this;
            if (this.ink?.erase) this.dropBlank();
            for (const [index, tile] of before) if (tile === (layer.tiles.get(index) ?? null)) before.delete(index);
            return before.size ? new PaintStep(layer, before) : null;
        }

        dropBlank() {
            for (const index of this.before.keys()) {
                const tile = this.layer.tiles.get(index);
                if (tile && isBlank(tile)) this.layer.swap(index, null);
            }
        }
    }

    class PaintStep {
        constructor(layer, tiles) {
            Object.assign(this, {layer, tiles});
        }

        get cost() {
            return new Set(this.tiles.values()).size;
        }

        // Undo, or when undone redo.
        swap() {
            for (const [index, tile] of this.tiles) this.tiles.set(index, this.layer.swap(index, tile));
        }
    }

    class History {
        constructor() {
            Object.assign(this, {done: [], undone: []});
        }

        push(step) {
            this.done.push(step);
            this.undone = [];
            let cost = this.done.reduce((sum, each) => sum + each.cost, 0);
            while (this.done.length > MOST_STEPS || (cost > MOST_TILES && this.done.length > 1)) {
                cost -= this.done.shift().cost;
            }
        }

        undo() {
            return this.move(this.done, this.undone);
        }

        redo() {
            return this.move(this.undone, this.done);
        }

        move(from, to) {
            const step = from.pop();
            if (!step) return false;
            step.swap();
            to.push(step);
            return true;
        }
    }

    const outward = ({left, top, right, bottom}) => ({left: Math.floor(left) - 1, top: Math.floor(top) - 1,
        right: Math.ceil(right) + 1, bottom: Math.ceil(bottom) + 1});

    Object.assign(parts, {PaintLayer, Edit, History, outward, TILE_SIDE: SIDE});
})();
