// What scripts of A1111's extensions call: asking the server, watching a task, and pressing Generate by themselves.
/* exported requestGet, requestProgress, submit, submit_txt2img_upscale, submit_extras, restoreProgressTxt2img */
/* exported restoreProgressImg2img, restart_reload, setRandomSeed, switchWidthHeight */
function request(url, data, handler, errorHandler) {
    webui.post(url, data).then(handler, (error) => (errorHandler ?? console.error)(error));
}

function requestGet(url, data, handler, errorHandler) {
    const query = new URLSearchParams(data ?? {}).toString();
    fetch(query ? `${url}?${query}` : url)
        .then((response) => (response.ok ? response.json() : Promise.reject(new Error(response.statusText))))
        .then(handler, (error) => (errorHandler ?? console.error)(error));
}

function randomId() {
    const part = () => Math.random().toString(36).slice(2, 7);
    return `task(${part()}${part()}${part()})`;
}

// Watch a task by its name: a bar and a picture above `container`, until it is done or nothing has come for so long.
function requestProgress(task, container, gallery, atEnd, onProgress, inactivityTimeout = 40) {
    const bar = document.createElement('div');
    bar.className = 'progressDiv';
    bar.innerHTML = '<div class="progress"></div>';
    container.parentNode.insertBefore(bar, container);
    const picture = gallery ? document.createElement('img') : null;
    if (picture) {
        picture.className = 'livePreview';
        gallery.prepend(picture);
    }
    const began = Date.now();
    let active = false;
    let version = 0;
    let heard = began;

    function end() {
        bar.remove();
        picture?.remove();
        atEnd?.();
    }

    function look() {
        request('internal/progress', {id_task: task, id_live_preview: version, live_preview: Boolean(picture)}, (state) => {
            if (state.completed) return end();
            if (state.active || state.queued) heard = Date.now();
            if (active && !state.active && !state.queued) return end();
            if (Date.now() - heard > inactivityTimeout * 1000) return end();
            active ||= state.active;
            const percent = Math.round((state.progress ?? 0) * 100);
            bar.firstChild.style.width = `${percent}%`;
            bar.firstChild.textContent = state.textinfo || (percent ? `${percent}%` : '');
            if (state.live_preview && picture) {
                picture.src = state.live_preview;
                version = state.id_live_preview;
            }
            onProgress?.(state);
            setTimeout(look, opts.live_preview_refresh_period ?? 500);
        }, end);
    }
    look();
}

// Today's page hands scripts the inputs alone, so there is nothing to cut off.
function create_submit_args(args) { return [...args]; }

function submit() {
    const args = create_submit_args(arguments);
    args[0] = randomId();
    return args;
}

function submit_txt2img_upscale() { return submit(...arguments); }
function submit_extras() { return submit(...arguments); }
function restoreProgressTxt2img() { return null; }
function restoreProgressImg2img() { return null; }

function showSubmitButtons(tab, show) {
    const box = webui.element(`${tab}_generate_box`);
    if (box?.classList.contains('generate-box')) {
        box.classList.toggle('running', !show);
        return;
    }
    for (const name of ['interrupt', 'skip']) {
        const button = webui.element(`${tab}_${name}`);
        if (button) button.style.display = show ? 'none' : 'block';
    }
}

function showRestoreProgressButton() {}

function restart_reload() {
    document.body.style.opacity = '.4';
    const again = () => requestGet('internal/ping', {}, () => location.reload(), () => setTimeout(again, 500));
    setTimeout(again, 2000);
    return [];
}

function setRandomSeed(id) {
    const input = document.querySelector(`#${id} input`);
    if (input) webui.setValue(input, '-1');
    return [];
}

function switchWidthHeight(tab) {
    const [width, height] = ['width', 'height'].map((side) => document.querySelector(`#${tab}_${side} input[type=number]`));
    if (!width || !height) return [];
    const before = width.value;
    webui.setValue(width, height.value);
    webui.setValue(height, before);
    return [];
}
