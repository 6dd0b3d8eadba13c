// How pictures come onto a canvas: chosen, dropped, pasted or sent; and what is said when one cannot.
(() => {
    const parts = (webui.canvasParts ??= {});
    const {make} = parts;

    parts.Door = class {
        constructor(easel) {
            this.easel = easel;
            this.input = make('input', {type: 'file', accept: 'image/*,.tif,.tiff', hidden: '', tabindex: '-1'});
            this.input.addEventListener('change', () => {
                if (this.input.files[0]) this.take(this.input.files[0]);
                this.input.value = '';
            });
            this.empty = make('button', {type: 'button', class: 'canvas-empty', 'data-own-pointer': ''},
                make('strong', {}, easel.label),
                make('span', {}, 'Drop a picture here, paste one, or click to choose'));
            this.empty.addEventListener('click', () => this.choose());
            this.note = make('div', {class: 'canvas-note', role: 'alert', hidden: ''});
            this.note.addEventListener('click', () => this.close());
            easel.stage.append(this.input);
        }

        watch(root) {
            root.addEventListener('dragover', (event) => this.over(event));
            root.addEventListener('dragleave', (event) => {
                if (!root.contains(event.relatedTarget)) this.easel.stage.classList.remove('canvas-dropping');
            });
            root.addEventListener('drop', (event) => this.drop(event));
        }

        choose() {
            this.input.click();
        }

        close() {
            this.note.hidden = true;
        }

        say(message, remedy = '') {
            this.note.replaceChildren(make('strong', {}, message), ...(remedy ? [make('span', {}, remedy)] : []));
            this.note.hidden = false;
        }

        over(event) {
            event.preventDefault();
            event.dataTransfer.dropEffect = 'copy';
            this.easel.stage.classList.add('canvas-dropping');
        }

        drop(event) {
            event.preventDefault();
            this.easel.stage.classList.remove('canvas-dropping');
            const url = event.dataTransfer.getData('text/uri-list').split('\n').find((line) => isOurs(line.trim()));
            const file = event.dataTransfer.files[0];
            if (url || file) this.take(url ?? file);
            else this.say('Nothing was dropped that this page may read.', 'Save the picture, then drop the file.');
        }

        take(source) {
            return this.load(source).catch(() => {}); // it has been said
        }

        // Put a file, or the address of a picture on this server, on the canvas. What goes wrong is said and thrown.
        async load(source) {
            try {
                this.easel.replace(await this.open(source));
            } catch (error) {
                this.say(error.message, error.remedy);
                throw error;
            }
        }

        async open(source) {
            this.close();
            const found = typeof source === 'string' ? await download(source) : source;
            const {maxBytes, maxPixels} = this.easel;
            if (found.size > maxBytes) {
                throw refusal(`This file has ${inMegabytes(found.size)} MB; `
                    + `at most ${inMegabytes(maxBytes)} MB are read.`,
                    'Make the picture smaller or save it with stronger compression.');
            }
            const picture = await this.measure(await copyOf(found));
            if (picture.width * picture.height > maxPixels) {
                throw refusal(`This picture of ${picture.width}x${picture.height} is too large; at most `
                    + `${maxPixels / 1e6} million pixels are read.`, 'Make the picture smaller.');
            }
            return picture;
        }

        // What this browser cannot show as it is meant, the server may, and if not it says why.
        async measure(file) {
            const own = await parts.isShownTurned(file) ? null : await sizeOf(file);
            if (own) return {file, ...own};
            const url = `internal/pictures/${await this.easel.keeper.handInPicture(file)}/shown`;
            return {file, url, ...await sizeAt(url)};
        }
    };

    const inMegabytes = (bytes) => Math.ceil(bytes / 2 ** 20);
    const refusal = (message, remedy) => Object.assign(new Error(message), {remedy});

    async function sizeAt(url) {
        const image = new Image();
        image.src = url;
        await image.decode();
        return {width: image.naturalWidth, height: image.naturalHeight};
    }

    // Null for what this browser cannot show.
    async function sizeOf(file) {
        const url = URL.createObjectURL(file);
        try {
            return await sizeAt(url);
        } catch {
            return null;
        } finally {
            URL.revokeObjectURL(url);
        }
    }

    // The file on the disk may change or go before it is handed in.
    async function copyOf(file) {
        return new Blob([await file.arrayBuffer()], {type: file.type});
    }

    function isOurs(address) {
        return address && !address.startsWith('#') && new URL(address, document.baseURI).origin === location.origin;
    }

    async function download(address) {
        if (!isOurs(address)) throw refusal('Pictures of other sites cannot be read from here.', 'Save it first.');
        const response = await fetch(address);
        if (!response.ok) throw refusal('This picture is not there any more.', 'Choose another one.');
        return response.blob();
    }

    Object.assign(parts, {refusal});
})();
