// The folders of networks: as a row of buttons or as a tree.
(() => {
    const ALL = 'All';

    function button(text, folder, chosen, choose) {
        const element = document.createElement('button');
        element.type = 'button';
        element.textContent = text;
        element.title = folder;
        element.setAttribute('aria-pressed', String(folder === chosen));
        element.addEventListener('click', () => choose(folder === chosen ? '' : folder));
        return element;
    }

    webui.networkFolders = {
        // Every folder that holds a card, and those around it.
        all(cards, withHidden) {
            const found = new Set();
            for (const {folder} of cards) {
                for (let path = folder; path && !found.has(path); path = path.slice(0, Math.max(path.lastIndexOf('/'), 0))) {
                    found.add(path);
                }
            }
            const isHidden = (path) => path.split('/').some((part) => part.startsWith('.'));
            return [...found].filter((path) => withHidden || !isHidden(path))
                .sort(new Intl.Collator(undefined, {numeric: true}).compare);
        },

        drawButtons(nav, folders, chosen, choose) {
            nav.replaceChildren(button(ALL, '', chosen, choose),
                ...folders.map((folder) => button(folder, folder, chosen, choose)));
        },

        // Folders inside others show when one of their line is chosen.
        drawTree(nav, folders, chosen, choose) {
            const isOpen = (folder) => `${chosen}/`.startsWith(`${folder}/`);
            const parent = (folder) => folder.slice(0, Math.max(folder.lastIndexOf('/'), 0));
            const shown = folders.filter((folder) => !parent(folder) || isOpen(parent(folder)));
            nav.replaceChildren(button(ALL, '', chosen, choose), ...shown.map((folder) => {
                const leaf = !folders.some((other) => parent(other) === folder);
                const sign = leaf ? '·' : isOpen(folder) ? '▾' : '▸';
                const element = button(`${sign} ${folder.split('/').pop()}`, folder, chosen, choose);
                element.style.paddingLeft = `${8 + 14 * (folder.split('/').length - 1)}px`;
                return element;
            }));
        },
    };
})();
