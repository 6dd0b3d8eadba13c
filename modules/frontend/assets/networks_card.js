// One card: picture or letter, name, description, and the buttons over it. Texts of files stay texts.
(() => {
    const {make} = webui;

    // A colour that a name always has.
    const hueOf = (name) => [...name].reduce((sum, sign) => sum + sign.codePointAt(0) * 7, 0);

    function words(card, withDescription) {
        const element = make('span', {className: 'card-words'}, make('span', {
            className: 'name', textContent: card.name}));
        if (card.problem) {
            element.append(make('span', {className: 'description problem', textContent: card.problem}));
        } else if (card.description && withDescription) {
            element.append(make('span', {className: 'description', textContent: card.description}));
        }
        return element;
    }

    function face(browser, card) {
        const letter = make('span', {className: 'card-letter', textContent: card.name.slice(0, 1).toUpperCase()});
        letter.style.setProperty('--hue', hueOf(card.name));
        const parts = [letter, words(card, browser.listing.view.descriptions)];
        if (card.version) parts.push(make('span', {className: 'card-version', textContent: card.version}));
        if (card.picture) {
            const image = make('img', {alt: '', loading: 'lazy', decoding: 'async', draggable: false,
                src: `internal/networks/${browser.page}/${card.id}/thumbnail?v=${card.picture}`});
            image.addEventListener('error', () => image.remove());
            parts.splice(1, 0, image);
        }
        return parts;
    }

    function actions(browser, card) {
        const element = make('div', {className: 'actions'});
        const add = (symbol, title, act) => {
            const button = make('button', {type: 'button', className: 'card-action', textContent: symbol, title});
            button.setAttribute('aria-label', `${title}: ${card.name}`);
            button.addEventListener('click', () => act(button).catch((error) => browser.say(error.message)));
            element.append(button);
        };
        add('📋', 'Copy the path', (button) => webui.networkEditor.copyPath(browser.page, card, button));
        if (card.metadata) {
            add('ℹ️', 'Show what is written in the file', () => webui.networkEditor.showMetadata(browser.page, card));
        }
        add('✏️', 'Edit notes and preview', () => webui.networkEditor.edit(browser, card));
        return element;
    }

    webui.drawNetworkCard = (browser, card) => {
        const main = make('button', {type: 'button', className: 'card-main'}, ...face(browser, card));
        main.title = [card.path, card.problem].filter(Boolean).join('\n');
        main.addEventListener('click', () => browser.choose(card));
        const element = make('div', {className: 'card'}, main, actions(browser, card));
        element.setAttribute('role', 'listitem');
        element.dataset.name = card.name;
        return element;
    };
})();
