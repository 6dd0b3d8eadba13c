// The Extras tab: which picture counts, and what size it will have.
(() => {
    const MODES = {extras_single_tab: 'single', extras_batch_process_tab: 'batch', extras_batch_directory_tab: 'directory'};
    const valueOf = (id) => Number(document.querySelector(`#${id} input[type=number]`)?.value) || 0;
    const mode = () => MODES[webui.shownPage('mode_extras')];
    const scalesTo = () => webui.shownPage('extras_resize_mode') === 'extras_scale_to_tab';

    async function describe() {
        const situation = {mode: mode(), scale_to: scalesTo()};
        if (situation.mode === 'single' && webui.canvas.size('extras_image')) {
            situation.image = (await webui.canvas.flush('extras_image')).image;
        }
        return situation;
    }

    // As planned by the program (modules/extras/enlarging.py).
    function sizeAfter({width, height}) {
        const longest = valueOf('extras_upscale_max_side_length');
        let scale = valueOf('extras_upscaling_resize');
        if (longest && longest < Math.max(width, height) * scale) scale = longest / Math.max(width, height);
        if (scalesTo()) {
            const to = {width: valueOf('extras_upscaling_resize_w'), height: valueOf('extras_upscaling_resize_h')};
            if (document.querySelector('#extras_upscaling_crop input')?.checked) return to;
            scale = Math.max(to.width / width, to.height / height);
        }
        const down = (length) => Math.floor((length * scale + 1e-6) / 8) * 8;
        return {width: down(width), height: down(height)};
    }

    function drawSize() {
        const note = document.querySelector('#extras_final_size .size-note');
        const size = mode() === 'single' ? webui.canvas.size('extras_image') : null;
        if (!note) return;
        if (!size) {
            note.textContent = '';
            return;
        }
        const made = sizeAfter(size);
        note.textContent = `from ${size.width}×${size.height} to ${made.width}×${made.height}`;
    }

    webui.onLoaded(() => {
        webui.onSituation('extras_generate', describe);
        // Gradio sets values without an event, as when a size is swapped: look again now and then.
        setInterval(() => { if (!document.hidden && webui.currentTab() === 'extras') drawSize(); }, 500);
    });
})();
