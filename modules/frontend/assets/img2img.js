// The img2img and Outpaint tabs: which of their pictures count, and what is sent with Generate.
(() => {
    const MODES = {
        img2img_img2img_tab: {mode: 'img2img', canvas: 'img2img_image'},
        img2img_img2img_sketch_tab: {mode: 'sketch', canvas: 'img2img_sketch'},
        img2img_inpaint_tab: {mode: 'inpaint', canvas: 'img2maskimg', inpaints: true},
        img2img_inpaint_sketch_tab: {mode: 'inpaint_sketch', canvas: 'inpaint_sketch', inpaints: true},
        img2img_inpaint_upload_tab: {mode: 'inpaint_upload', canvas: 'img_inpaint_base', inpaints: true},
        img2img_batch_tab: {mode: 'batch'},
    };
    const COPY_PAGES = {img2img: 'img2img_img2img_tab', sketch: 'img2img_img2img_sketch_tab',
        inpaint: 'img2img_inpaint_tab', inpaint_sketch: 'img2img_inpaint_sketch_tab'};

    const current = () => MODES[webui.shownPage('mode_img2img')];

    async function describe() {
        const {mode, canvas} = current();
        const situation = {
            mode,
            resize_by: webui.shownPage('img2img_tabs_resize') === 'img2img_tab_resize_by',
            batch: webui.shownPage('img2img_batch_source') === 'img2img_batch_from_dir_tab' ? 'directory' : 'upload',
        };
        if (!canvas) return situation;
        Object.assign(situation, await webui.canvas.flush(canvas));
        if (mode === 'inpaint_upload') situation.mask = (await webui.canvas.flush('img_inpaint_mask')).image;
        return situation;
    }

    function drawMode() {
        const settings = webui.element('img2img_settings');
        settings.classList.toggle('inpainting', Boolean(current().inpaints));
        settings.classList.toggle('sketching', current().mode === 'inpaint_sketch');
    }

    async function copy({copyFrom, copyTo}) {
        if (!webui.canvas.size(copyFrom)) return;
        webui.showPage(COPY_PAGES[copyTo]);
        await webui.canvas.copy(copyFrom, MODES[COPY_PAGES[copyTo]].canvas);
    }

    webui.img2img = {
        // The size of the picture to begin with; null where there is none.
        pictureSize() {
            const {canvas} = current();
            return canvas ? webui.canvas.size(canvas) : null;
        },
    };

    // Show what outpainting will begin with; `text` is the program's reading of the controls.
    webui.previewOutpainting = async (text) => {
        const {request, error, remedy} = JSON.parse(text);
        const image = document.querySelector('.canvas-preview');
        image.hidden = true;
        try {
            if (error) throw Object.assign(new Error(error), {remedy});
            const blob = await webui.post('internal/outpaint-preview', request, 'blob');
            URL.revokeObjectURL(image.src);
            image.src = URL.createObjectURL(blob);
            image.hidden = false;
            webui.jobs.say('outpaint', []);
        } catch (problem) {
            webui.jobs.say('outpaint', [['error', problem.message], problem.remedy && ['remedy', problem.remedy]]);
        }
    };

    webui.onLoaded(() => {
        webui.onSituation('img2img_generate', describe);
        webui.onSituation('outpaint_generate', () => webui.canvas.flush('outpaint_image'));
        webui.canvas.on('outpaint_image', 'change', () => {
            document.querySelector('.canvas-preview').hidden = true; // it shows what was
        });
        document.addEventListener('webui:page', ({detail}) => { if (detail in MODES) drawMode(); });
        drawMode();
        for (const button of document.querySelectorAll('[data-copy-to]')) {
            button.addEventListener('click', () => copy(button.dataset));
        }
    });
})();
