// Canvases for pictures, masks, sketches and outpainting, and what other scripts may ask of them:
//
//   await webui.canvas.load(name, file or address on this server)   put a picture there; what fails is thrown and shown
//   webui.canvas.clear(name)                                        take it away (can be undone)
//   webui.canvas.size(name)                                         {width, height}, or null without a picture
//   webui.canvas.state(name)                                        {picture, width, height, painted, frame}
//   webui.canvas.on(name, 'change', listener)                       listener(state) after whatever changed
//   webui.canvas.setFrame(name, {left, right, up, down})            outpainting only
//   await webui.canvas.copy(from, to)                               the picture, with the sketch on it
//   await webui.canvas.flush(name)                                  hand in what the server lacks, in one request:
//       {image, mask, sketch, width, height, drawn, frame?}: ids for the request, or null. `image` is the file as it
//       came; `mask` is grey, white where painted; `sketch` is the picture with the strokes on it. A refusal is shown
//       on the canvas and thrown, with `message` and `remedy`.
(() => {
    const parts = webui.canvasParts;
    const easels = new Map();
    const waiting = new Map(); // listeners for canvases that are not on the page yet

    function easel(name) {
        const found = easels.get(name);
        if (!found) throw new Error(`There is no canvas ${name}.`);
        return found;
    }

    // Gradio may take a part of the page away and put it there again: what was on the canvas goes with it.
    customElements.define('picture-canvas', class extends HTMLElement {
        connectedCallback() {
            const name = this.getAttribute('name');
            if (!easels.has(name)) add(name, this);
            if (!easels.get(name).fullscreen) this.append(easels.get(name).root);
        }
    });

    function add(name, element) {
        const added = new parts.Easel(element);
        easels.set(name, added);
        for (const listener of waiting.get(name) ?? []) added.changeListeners.add(listener);
    }

    const shown = () => [...easels.values()].filter(({stage}) => stage.clientWidth > 0);
    const active = () => shown().find(({hovered}) => hovered)
        ?? shown().find(({root}) => root.contains(document.activeElement));
    new parts.Keyboard(active);

    document.addEventListener('paste', (event) => {
        const file = [...event.clipboardData.files].find(({type}) => type.startsWith('image/'));
        if (!file || event.target.closest?.('input, textarea')) return;
        const empty = shown().filter(({picture}) => !picture);
        const target = active() ?? (empty.length === 1 ? empty[0] : null);
        if (!target) return;
        event.preventDefault();
        target.door.take(file);
    });

    // A file dropped beside a canvas must not take the place of the page.
    for (const kind of ['dragover', 'drop']) {
        window.addEventListener(kind, (event) => {
            if (!event.defaultPrevented && event.dataTransfer.types.includes('Files')) event.preventDefault();
        });
    }

    webui.canvas = {
        load: async (name, source) => easel(name).door.load(source),
        clear: (name) => { easel(name).act('remove'); },
        size: (name) => {
            const {picture} = easel(name);
            return picture && {width: picture.width, height: picture.height};
        },
        state: (name) => easel(name).state(),
        on(name, event, listener) {
            if (event !== 'change') throw new Error(`A canvas has no event ${event}.`);
            if (easels.has(name)) easels.get(name).changeListeners.add(listener);
            else waiting.set(name, [...(waiting.get(name) ?? []), listener]);
        },
        setFrame: (name, extent) => { easel(name).frame.set(extent); easel(name).frame.settle(); },
        async copy(from, to) {
            const {sketch} = await webui.canvas.flush(from);
            await webui.canvas.load(to, sketch ? `internal/pictures/${sketch}` : easel(from).picture.file);
        },
        flush: (name) => easel(name).keeper.flush(),
    };
})();
