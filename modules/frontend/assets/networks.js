// The browser of networks and checkpoints: sub-tabs, search, order, folders, cards.
(() => {
    const STALE_MS = 3000;
    const HIDDEN_SEARCH = 4;
    const ENDINGS = {lora: '.safetensors', textual_inversion: '.safetensors or .pt', hypernetworks: '.pt',
        checkpoints: '.safetensors'};
    const listings = {};
    const browsers = {};
    const lastPrompt = {};
    const collator = new Intl.Collator(undefined, {numeric: true, sensitivity: 'base'});

    const areaOf = (tab, name) => document.querySelector(`#${tab}_${name} textarea`);

    const {make} = webui;

    // Fetch a page of cards; everything that shows it is drawn again if it changed.
    async function load(page, refresh = false) {
        const address = `internal/networks/${page}`;
        const response = refresh ? await fetch(`${address}/refresh`, {method: 'POST'}) : await fetch(address);
        const text = await response.text();
        const before = listings[page];
        if (!response.ok) throw new Error(`The list could not be read (${response.status}).`);
        if (before?.text !== text) {
            listings[page] = {...JSON.parse(text), text};
            for (const card of listings[page].cards) prepare(card);
        }
        listings[page].at = Date.now();
        if (before !== listings[page]) drawAll(page);
    }

    function prepare(card) {
        card.folder ??= '';
        card.search = `${card.path} ${card.word}`.toLowerCase();
    }

    function drawAll(page) {
        for (const browser of Object.values(browsers)) {
            if (browser.page === page) browser.arrange();
        }
    }

    function replaceCard(page, card) {
        prepare(card);
        const {cards} = listings[page];
        cards[cards.findIndex((old) => old.id === card.id)] = card;
        listings[page].text = '';
        drawAll(page);
    }

    class Browser {
        constructor(section) {
            this.section = section;
            this.page = section.dataset.page;
            this.tab = section.closest('.extra-tabs').dataset.tab;
            this.search = '';
            this.folder = '';
            this.grid = new webui.CardGrid(this.find('.extra-network-cards'), (card) => webui.drawNetworkCard(this, card),
                (element, card) => this.mark(element, card));
            this.listen();
        }

        find(selector) {
            return this.section.querySelector(selector);
        }

        listen() {
            let timer = 0;
            this.find('.extra-network-search').addEventListener('input', (event) => {
                this.search = event.target.value.trim().toLowerCase();
                clearTimeout(timer);
                timer = setTimeout(() => this.startOver(), 120);
            });
            this.find('.extra-network-control').addEventListener('click', (event) => {
                const {sort, action} = event.target.closest('button')?.dataset ?? {};
                if (sort) this.order = sort;
                if (action === 'direction') this.descending = !this.descending;
                if (action === 'folders') this.foldersShown = !this.foldersShown;
                if (action === 'refresh') this.reload(true);
                else if (sort || action) this.startOver();
            });
        }

        async reload(refresh = false) {
            const button = this.find('[data-action=refresh]');
            button.classList.add('turning');
            if (!this.listing) this.say('Reading the list…');
            try {
                await load(this.page, refresh);
            } catch (error) {
                this.say(error.message);
            }
            button.classList.remove('turning');
        }

        open() {
            const listing = listings[this.page];
            if (listing) this.arrange();
            if (!listing || Date.now() - listing.at > STALE_MS) this.reload();
        }

        get listing() {
            return listings[this.page];
        }

        // Arrange the cards after somebody asked for others.
        startOver() {
            this.grid.scroller.scrollTop = 0;
            this.arrange();
        }

        arrange() {
            if (!this.listing || this.section.hidden) return;
            const {view, cards} = this.listing;
            this.order ??= view.order;
            this.descending ??= view.descending;
            this.foldersShown ??= view.foldersShown;
            const inPlace = cards.filter((card) => this.isInPlace(card, view));
            const fitting = inPlace.filter((card) => this.showsOthers || view.showAll || !this.isForOther(card));
            this.drawControls();
            this.drawFolders();
            this.section.style.setProperty('--card-text', view.textScale);
            this.grid.show(this.sorted(fitting), {width: view.cardWidth, height: view.cardHeight});
            this.drawStatus(cards.length, fitting.length, inPlace.length - fitting.length);
        }

        isInPlace(card, view) {
            const {search, folder} = this;
            if (folder && card.folder !== folder && !card.folder.startsWith(`${folder}/`)) return false;
            const asked = search.length >= HIDDEN_SEARCH || `/${folder}`.includes('/.');
            if (card.hidden && view.hidden !== 'Always' && !(view.hidden === 'When searched' && asked)) return false;
            return search.split(/\s+/).every((word) => card.search.includes(word));
        }

        // Whether a card is of no use with the checkpoint that is loaded.
        isForOther(card) {
            const {loaded, view} = this.listing;
            if (this.page === 'checkpoints' || !loaded) return false;
            if (card.version) return card.version !== loaded;
            return this.page === 'lora' && view.hideUnknownFor.includes(loaded);
        }

        sorted(cards) {
            const by = {
                path: (a, b) => collator.compare(a.path, b.path),
                name: (a, b) => collator.compare(a.name, b.name),
                date_created: (a, b) => a.created - b.created,
                date_modified: (a, b) => a.modified - b.modified,
            }[this.order];
            const sorted = [...cards].sort(by);
            return this.descending ? sorted.reverse() : sorted;
        }

        drawControls() {
            for (const button of this.section.querySelectorAll('[data-sort]')) {
                button.setAttribute('aria-pressed', String(button.dataset.sort === this.order));
            }
            this.find('[data-action=direction]').textContent = this.descending ? '↓' : '↑';
            this.find('[data-action=folders]').setAttribute('aria-pressed', String(this.foldersShown));
        }

        drawFolders() {
            const {view, cards} = this.listing;
            const folders = webui.networkFolders.all(cards, view.hiddenFolders);
            const choose = (folder) => {
                this.folder = folder;
                this.startOver();
            };
            const dirs = this.find('.extra-network-dirs');
            const tree = this.find('.extra-network-tree');
            dirs.hidden = !this.foldersShown || view.tree || folders.length === 0;
            tree.hidden = !this.foldersShown || !view.tree || folders.length === 0;
            tree.style.width = `${view.treeWidth}px`;
            this.section.classList.toggle('with-tree', !tree.hidden);
            if (!dirs.hidden) webui.networkFolders.drawButtons(dirs, folders, this.folder, choose);
            if (!tree.hidden) webui.networkFolders.drawTree(tree, folders, this.folder, choose);
        }

        drawStatus(all, shown, others) {
            const status = this.find('.extra-network-status');
            status.replaceChildren(all === 0 ? '' : shown === all ? `${all} in all` : `${shown} of ${all}`);
            if (others > 0) {
                const button = make('button', {type: 'button', textContent: 'Show'});
                button.addEventListener('click', () => {
                    this.showsOthers = true;
                    this.arrange();
                });
                status.append(` · ${others} not made for ${this.listing.loaded} `, button);
            }
            const empty = this.find('.cards-empty');
            empty.hidden = shown > 0;
            if (shown === 0) empty.replaceChildren(...(all === 0 ? this.invitation() : this.nothingFound()));
        }

        invitation() {
            const title = document.getElementById(`${this.section.id}-button`).textContent;
            const folders = this.listing.folders.map((folder) => make('code', {textContent: folder}));
            return [make('p', {className: 'cards-empty-title', textContent: `Nothing under ${title} yet`}),
                make('p', {}, `Put ${ENDINGS[this.page]} files into`, ...folders),
                make('p', {textContent: 'and press 🔄: no restart is needed.'})];
        }

        nothingFound() {
            const button = make('button', {type: 'button', textContent: 'Show everything'});
            button.addEventListener('click', () => {
                Object.assign(this, {search: '', folder: '', showsOthers: true});
                this.find('.extra-network-search').value = '';
                this.arrange();
            });
            return [make('p', {className: 'cards-empty-title', textContent: 'Nothing found'}), button];
        }

        say(text) {
            this.find('.extra-network-status').textContent = text;
        }

        mark(element, card) {
            const used = this.page === 'checkpoints' ? card.id === this.listing.chosen
                : ['prompt', 'neg_prompt'].some((name) => (
                    webui.networkText.holds(this.page, card, areaOf(this.tab, name)?.value ?? '')));
            element.classList.toggle('used', used);
            element.classList.toggle('for-other', this.isForOther(card));
            element.firstChild.setAttribute('aria-pressed', String(used));
        }

        choose(card) {
            if (this.page === 'checkpoints') {
                webui.networks.checkpoint = card.word;
                webui.element('change_checkpoint').click();
                return;
            }
            const {view} = this.listing;
            const {page, tab} = this;
            const anywhere = page === 'textual_inversion';
            const area = areaOf(tab, anywhere ? lastPrompt[tab] ?? 'prompt' : 'prompt');
            const text = webui.networkText.toggle(page, card, area.value, view);
            webui.setValue(area, text);
            const negative = areaOf(tab, 'neg_prompt');
            const wanted = webui.networkText.setNegative(
                card, negative.value, webui.networkText.holds(page, card, text), view);
            if (!anywhere && wanted !== negative.value) webui.setValue(negative, wanted);
            this.grid.update();
        }
    }

    function show(tab, page) {
        const panel = document.querySelector(`.extra-tabs[data-tab=${tab}]`);
        for (const button of panel.querySelectorAll('[role=tab]')) {
            button.setAttribute('aria-selected', String(button.dataset.page === page));
        }
        for (const section of panel.querySelectorAll('.extra-page')) section.hidden = section.dataset.page !== page;
        webui.element(`${tab}_extra_tabs`).parentElement.classList.toggle('showing-networks', page !== 'generation');
        if (page === 'generation') return;
        const section = webui.element(`${tab}_${page}`);
        browsers[section.id] ??= new Browser(section);
        browsers[section.id].open();
    }

    function onInput(event) {
        const match = event.target.closest?.('[id$=_prompt]')?.id.match(/^(.+?)_((?:neg_)?prompt)$/);
        if (!match) return;
        lastPrompt[match[1]] = match[2];
        for (const browser of Object.values(browsers)) {
            if (browser.tab === match[1] && !browser.section.hidden) browser.grid.update();
        }
    }

    webui.networks = {
        replaceCard,
        show,
        // The checkpoint that a card asked for last; the event of #change_checkpoint reads it.
        checkpoint: null,
        // Called when another checkpoint has been chosen.
        checkpointChanged() {
            for (const browser of Object.values(browsers)) {
                if (!browser.section.hidden) browser.reload();
            }
        },
    };

    webui.onLoaded(() => {
        document.addEventListener('focusin', onInput);
        document.addEventListener('input', onInput);
        for (const button of document.querySelectorAll('.extra-tab-nav [role=tab]')) {
            button.addEventListener('click', () => show(button.closest('.extra-tabs').dataset.tab, button.dataset.page));
        }
    });
})();
