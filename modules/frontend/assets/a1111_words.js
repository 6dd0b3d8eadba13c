// The page in other words: `localization` maps its words to those of the chosen translation, `titles` to tooltips.
/* exported getTranslation, localizeWholePage, titles */
var titles = {}; // plugins put theirs in, by the text of a button or label

function getTranslation(text) {
    const words = text?.trim();
    return words ? localization[words] : undefined;
}

(() => {
    // What people have written, and names of files, stay as they are.
    const LEFT_ALONE = 'textarea, input, script, style, .options, .infotext, .token, [contenteditable], .extra-network-cards';

    function translateText(node) {
        if (node.parentElement?.closest(LEFT_ALONE)) return;
        const translation = getTranslation(node.textContent);
        if (translation !== undefined) node.textContent = node.textContent.replace(node.textContent.trim(), translation);
    }

    function translateWords(element) {
        for (const name of ['title', 'placeholder', 'aria-label']) {
            const translation = getTranslation(element.getAttribute?.(name));
            if (translation !== undefined) element.setAttribute(name, translation);
        }
    }

    function translate(root) {
        if (root.nodeType === Node.TEXT_NODE) return translateText(root);
        if (root.nodeType !== Node.ELEMENT_NODE) return undefined;
        translateWords(root);
        root.querySelectorAll('[title], [placeholder], [aria-label]').forEach(translateWords);
        const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
        while (walker.nextNode()) translateText(walker.currentNode);
        return undefined;
    }

    window.localizeWholePage = () => translate(document.body);

    function giveTooltips() {
        document.querySelectorAll('button, label > span, span[data-testid="block-info"]').forEach((element) => {
            const tooltip = titles[element.textContent.trim()];
            if (tooltip && !element.title) element.title = tooltip;
        });
    }

    webui.onLoaded(() => {
        if (Object.keys(titles).length) giveTooltips();
        localization = window.localization ?? {};
        if (!Object.keys(localization).length) return;
        window.localizeWholePage();
        new MutationObserver((mutations) => mutations.forEach(({addedNodes}) => addedNodes.forEach(translate)))
            .observe(document.body, {childList: true, subtree: true});
    });
})();
