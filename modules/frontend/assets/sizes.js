// Widths and heights: what hires fix makes of them, what a scale comes to, and where else they come from.
(() => {
    const inputOf = (id) => document.querySelector(`#${id} input[type=number]`);
    const valueOf = (id) => Number(inputOf(id)?.value) || 0;
    const noteOf = (id) => document.querySelector(`#${id} .size-note`);

    function put(id, value) {
        const input = inputOf(id);
        const range = document.querySelector(`#${id} input[type=range]`);
        const low = Number(range?.min ?? 0);
        const high = Number(range?.max ?? Infinity);
        webui.setValue(input, Math.min(Math.max(Math.round(value), low), high));
        input.dispatchEvent(new Event('blur', {bubbles: true}));
    }

    // The size that hires fix makes of a first pass, as planned by the program (modules/generation/hires_plan.py).
    function hiresSize(first, scale, x, y) {
        const down = (length) => Math.floor(length / 8) * 8;
        const follow = (side, of, by) => Math.floor((side * of) / by);
        if (!x && !y) return {width: down(first.width * scale + 1e-6), height: down(first.height * scale + 1e-6)};
        if (!y) return {width: down(x), height: down(follow(x, first.height, first.width))};
        if (!x) return {width: down(follow(y, first.width, first.height)), height: down(y)};
        return {width: down(x), height: down(y)};
    }

    function drawHires() {
        const first = {width: valueOf('txt2img_width'), height: valueOf('txt2img_height')};
        const x = valueOf('txt2img_hr_resize_x');
        const y = valueOf('txt2img_hr_resize_y');
        const made = hiresSize(first, valueOf('txt2img_hr_scale'), x, y);
        noteOf('txtimg_hr_finalres').textContent =
            `from ${first.width}×${first.height} to ${made.width}×${made.height}`;
        webui.element('txt2img_hr_scale').classList.toggle('overridden', Boolean(x || y));
    }

    function drawScale() {
        const size = webui.img2img.pictureSize();
        const scale = valueOf('img2img_scale');
        noteOf('img2img_scale_resolution_preview').textContent = size
            ? `from ${size.width}×${size.height} to ${Math.floor(size.width * scale)}×${Math.floor(size.height * scale)}`
            : 'Choose a picture to see its new size';
    }

    // "512x768" pasted into a width or a height fills both.
    function onPaste(event) {
        const field = event.target.closest?.('[id$=_width], [id$=_height]');
        const size = event.clipboardData?.getData('text').match(/^\s*(\d{2,5})\s*[x×*]\s*(\d{2,5})\s*$/i);
        if (!field || !size) return;
        event.preventDefault();
        webui.sizes.set(field.id.replace(/_(width|height)$/, ''), {width: Number(size[1]), height: Number(size[2])});
    }

    webui.sizes = {
        hiresSize,
        drawScale,
        set(tab, {width, height}) {
            put(`${tab}_width`, width);
            put(`${tab}_height`, height);
        },
    };

    webui.onLoaded(() => {
        // Gradio sets values without an event, as when a size is swapped or pasted: look again now and then.
        const draw = () => { if (document.hidden) return; drawHires(); drawScale(); };
        document.addEventListener('input', draw);
        setInterval(draw, 700);
        document.addEventListener('paste', onPaste, true);
        webui.element('img2img_detect_image_size_btn').addEventListener('click', () => {
            const size = webui.img2img.pictureSize();
            if (size) webui.sizes.set('img2img', size);
        });
    });
})();
