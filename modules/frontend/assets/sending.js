// Pictures and parameters on their way from one tab to another.
(() => {
    // Where a picture can go: the tab, the page of it, and what takes the picture.
    const TARGETS = {
        txt2img: {tab: 'txt2img'},
        img2img: {tab: 'img2img', page: 'img2img_img2img_tab', canvas: 'img2img_image', sized: true},
        inpaint: {tab: 'img2img', page: 'img2img_inpaint_tab', canvas: 'img2maskimg'},
        outpaint: {tab: 'outpaint', canvas: 'outpaint_image'},
        extras: {tab: 'extras', page: 'extras_single_tab', canvas: 'extras_image'},
    };

    // Give controls what an infotext says: everything, or the few that follow a picture.
    function paste(tab, infotext, everything) {
        webui.sentInfotext = infotext;
        webui.element(`${tab}_receive${everything ? '_all' : ''}`)?.click();
    }

    // Put a picture into an upload field of Gradio's.
    async function upload(id, url) {
        const remove = document.querySelector(`#${id} button[aria-label="Remove Image"], #${id} button[aria-label=Clear]`);
        remove?.click();
        const blob = await (await fetch(url)).blob();
        const input = await webui.appearing(`#${id} input[type=file]`);
        const files = new DataTransfer();
        files.items.add(new File([blob], 'picture', {type: blob.type}));
        input.files = files.files;
        input.dispatchEvent(new Event('change', {bubbles: true}));
    }

    async function sizeOf(url) {
        const image = new Image();
        image.src = url;
        await image.decode();
        return {width: image.naturalWidth, height: image.naturalHeight};
    }

    // Send {url, infotext} from a tab. `everything`: all parameters follow, not only the prompt and its kin.
    webui.send = async (target, picture, {from = null, everything = false} = {}) => {
        const {tab, page, canvas, sized} = TARGETS[target];
        webui.showTab(tab);
        if (page) webui.showPage(page);
        window.scrollTo({top: 0});
        const parameters = from === 'extras' && !picture.infotext.includes('Steps: ') ? '' : picture.infotext;
        if (parameters && from !== tab) paste(tab, parameters, everything || target === 'txt2img');
        if (sized && webui.sendSize && !everything) webui.sizes.set(tab, await sizeOf(picture.url));
        if (canvas) await webui.canvas.load(canvas, picture.url);
    };

    webui.pasteInto = (tab, infotext) => paste(tab, infotext, true);

    webui.sendPngInfo = (target, infotext) => {
        const image = document.querySelector('#pnginfo_image img');
        webui.send(target, {url: image.src, infotext}, {everything: Boolean(infotext)})
            .catch((error) => console.info('Not sent:', error.message)); // the canvas has said it
    };

    // A picture of a gallery can be dropped where pictures go. Our canvases take its address; Gradio's field needs help.
    document.addEventListener('drop', (event) => {
        const field = event.target.closest?.('#pnginfo_image');
        const url = event.dataTransfer?.getData('text/uri-list');
        if (!field || !url || event.dataTransfer.files.length || new URL(url).origin !== location.origin) return;
        event.preventDefault();
        event.stopPropagation();
        upload(field.id, url);
    }, true);
})();
