// Hands in what the server does not have yet, with one request.
(() => {
    const parts = (webui.canvasParts ??= {});
    const FRESH_MS = 6 * 3600 * 1000; // the server keeps pictures for days; after hours they are handed in again
    const handedIn = new WeakMap(); // file -> {id, at}

    function idOf(file) {
        const known = file && handedIn.get(file);
        return known && Date.now() - known.at < FRESH_MS ? known.id : null;
    }

    const note = (file, id) => handedIn.set(file, {id, at: Date.now()});

    async function post(form) {
        let response;
        try {
            response = await fetch('internal/pictures', {method: 'POST', body: form});
        } catch {
            throw parts.refusal('The program cannot be reached.', 'Is it still running?');
        }
        const answer = await response.json().catch(() => ({}));
        if (response.ok) return answer;
        const words = answer.message ?? answer.detail ?? `${response.status} ${response.statusText}`;
        throw parts.refusal(words, answer.remedy);
    }

    parts.Keeper = class {
        constructor(easel) {
            Object.assign(this, {easel, written: null, turn: Promise.resolve()});
        }

        async handInPicture(file) {
            const form = new FormData();
            form.set('image', file, 'image');
            const {image} = await post(form);
            note(file, image);
            return image;
        }

        // What is painted, as a file; null where nothing is. The same file until something changes.
        paintFile() {
            const {layer, colorful} = this.easel;
            if (!layer) return null;
            if (this.written?.layer !== layer || this.written.version !== layer.version) {
                this.written = {layer, version: layer.version,
                    file: Promise.resolve(layer.toRows(colorful ? 4 : 1)?.toPng() ?? null)};
            }
            return this.written.file;
        }

        // See webui.canvas.flush. One at a time, so that nothing is sent twice.
        flush() {
            this.turn = this.turn.catch(() => {}).then(() => this.handIn()).catch((error) => {
                this.easel.door.say(error.message, error.remedy);
                throw error;
            });
            return this.turn;
        }

        async handIn() {
            const {easel} = this;
            await easel.recalled;
            easel.gestures.settle();
            const {picture} = easel;
            if (!picture) return {image: null, mask: null, sketch: null, width: 0, height: 0, drawn: false};
            const kind = easel.colorful ? 'sketch' : 'mask';
            const paint = await this.paintFile();
            const form = missing(picture.file, kind, paint);
            if (form) this.take(picture, kind, paint, await post(form));
            return {image: idOf(picture.file), mask: null, sketch: null, [kind]: idOf(paint), width: picture.width,
                height: picture.height, drawn: Boolean(paint), ...(easel.frame && {frame: {...easel.frame.extent}})};
        }

        take(picture, kind, paint, answer) {
            if (answer.width !== picture.width || answer.height !== picture.height) {
                throw parts.refusal('This browser shows the picture turned, against the mark its camera left in it.',
                    'Turn it in another program, save it, and choose it again.');
            }
            note(picture.file, answer.image);
            if (paint) note(paint, answer[kind]);
        }
    };

    function missing(file, kind, paint) {
        const form = new FormData();
        if (!idOf(file)) form.set('image', file, 'image');
        if (paint && !idOf(paint)) form.set(kind, paint, kind);
        if (![...form.keys()].length) return null;
        if (!form.has('image')) form.set('picture', idOf(file));
        return form;
    }
})();
