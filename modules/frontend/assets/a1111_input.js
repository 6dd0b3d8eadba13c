// What scripts of A1111's extensions call: inputs, what is kept in the browser, popups, menus of the right button.
/* exported onEdit, popup, popupId, closePopup, localSet, localGet, localRemove, recalculatePromptTokens */
/* exported update_token_counter, setupTokenCounting, recalculate_prompts_txt2img, recalculate_prompts_img2img */
/* exported addContextMenuEventListener, appendContextMenuOption, removeContextMenuOption, updateTooltip */
function updateInput(target) {
    const event = new Event('input', {bubbles: true});
    Object.defineProperty(event, 'target', {value: target});
    target.dispatchEvent(event);
}

function onEdit(name, element, patience_ms, callback) {
    let timer = null;
    const edited = () => {
        clearTimeout(timer);
        timer = setTimeout(callback, patience_ms);
    };
    element.addEventListener('input', edited);
    return edited;
}

function localSet(key, value) {
    try { localStorage.setItem(key, value); } catch (error) { console.warn(`Not kept: ${key}`, error); }
}

function localGet(key, otherwise) {
    try { return localStorage.getItem(key) ?? otherwise; } catch { return otherwise; }
}

function localRemove(key) {
    try { localStorage.removeItem(key); } catch (error) { console.warn(`Not removed: ${key}`, error); }
}

// The page counts tokens whenever a prompt has changed.
function recalculatePromptTokens() {}
function update_token_counter() {}
function setupTokenCounting() {}
function recalculate_prompts_txt2img() { return [...arguments]; }
function recalculate_prompts_img2img() { return [...arguments]; }
function updateTooltip() {}

function closePopup() {
    document.querySelector('dialog.global-popup')?.close();
}

// Show an element in front of the page.
function popup(contents) {
    closePopup();
    const box = document.createElement('dialog');
    box.className = 'global-popup';
    const close = document.createElement('button');
    close.className = 'global-popup-close';
    close.textContent = '✕';
    close.title = 'Close (Esc)';
    close.addEventListener('click', () => box.close());
    const inner = document.createElement('div');
    inner.className = 'global-popup-inner';
    const home = contents.parentNode;
    const place = home ? document.createComment('popup') : null;
    place && home.insertBefore(place, contents);
    inner.append(contents);
    box.append(close, inner);
    box.addEventListener('click', (event) => { if (event.target === box) box.close(); });
    box.addEventListener('close', () => {
        place?.replaceWith(contents);
        box.remove();
    });
    (document.querySelector('.gradio-container') ?? document.body).append(box);
    box.showModal();
}

function popupId(id) {
    const contents = webui.element(id);
    if (contents) popup(contents);
}

(() => {
    const entries = new Map();
    let menu = null;

    function closeMenu() {
        menu?.remove();
        menu = null;
    }

    function openMenu(event, chosen) {
        closeMenu();
        menu = document.createElement('ul');
        menu.id = 'context-menu';
        menu.style.left = `${event.pageX}px`;
        menu.style.top = `${event.pageY}px`;
        for (const {name, action} of chosen) {
            const item = document.createElement('li');
            const button = document.createElement('button');
            button.type = 'button';
            button.textContent = name;
            button.addEventListener('click', () => { closeMenu(); action(); });
            item.append(button);
            menu.append(item);
        }
        (document.querySelector('.gradio-container') ?? document.body).append(menu);
    }

    // Add a line to what a right click on an element offers.
    window.appendContextMenuOption = (selector, name, action) => {
        const id = randomId();
        entries.set(id, {selector, name, action});
        return id;
    };
    window.removeContextMenuOption = (id) => entries.delete(id);
    window.addContextMenuEventListener = () => {};

    document.addEventListener('click', (event) => { if (!menu?.contains(event.target)) closeMenu(); });
    document.addEventListener('contextmenu', (event) => {
        const chosen = [...entries.values()].filter(({selector}) => event.target.closest?.(selector));
        if (!chosen.length) return;
        event.preventDefault();
        openMenu(event, chosen);
    });

    // Generate again and again.
    const rounds = {};

    function stopForever(tab) {
        clearInterval(rounds[tab]);
        delete rounds[tab];
    }

    function generateForever(tab) {
        stopForever(tab);
        const again = () => { if (!webui.jobs.isRunning(tab)) webui.element(`${tab}_generate`).click(); };
        again();
        rounds[tab] = setInterval(again, 500);
    }

    for (const tab of ['txt2img', 'img2img']) {
        window.appendContextMenuOption(`#${tab}_generate`, 'Generate forever', () => generateForever(tab));
        for (const button of ['generate', 'interrupt']) {
            window.appendContextMenuOption(`#${tab}_${button}`, 'Cancel generate forever', () => stopForever(tab));
        }
    }
})();
