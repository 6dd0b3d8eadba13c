// One grid: its cells as they are finished, zoom and pan, a closer look at each. Also works as a file, without a server.
(() => {
    const NARROWEST = 40;
    const WIDEST = 1600;
    const THUMBNAIL = 384;
    const SMALLEST_FIT = 104;
    const MARGIN = 4;
    const saved = document.getElementById('grid-data');
    const find = (selector) => document.querySelector(selector);
    const stage = find('.stage');
    const viewer = find('.viewer');
    const address = location.pathname.replace(/\/$/, '');
    const grid = {stamp: null, sheet: null, cells: [], boxes: new Map(), pictures: null};
    let side = 256;
    let fitted = true;
    let shown = null;

    const nameOf = (place) => place.join(',');
    const make = (tag, className = '', text = '') => Object.assign(document.createElement(tag), {className, textContent: text});

    // Where the picture of a cell is; a small one where that is enough.
    function pictureOf(key, small = false) {
        if (grid.pictures) return grid.pictures[key];
        return `${address}/cells/${key}${small ? `?side=${THUMBNAIL}` : ''}`;
    }

    // The table of every sheet, all cells waiting.
    function build(sheet) {
        grid.sheet = sheet;
        grid.cells = [];
        grid.boxes.clear();
        const [x, y, z] = sheet.axes;
        document.documentElement.style.setProperty('--ratio', sheet.cell_size[0] / sheet.cell_size[1]);
        find('.subject').textContent = find('.subject').title = sheet.title;
        document.title = `X/Y/Z plot: ${sheet.axes.map(({label}) => label).filter((label) => label !== 'Nothing').join(', ')}`;
        stage.replaceChildren(...z.titles.map((title, number) => {
            const section = make('section', 'sheet');
            if (z.titles.length > 1) section.append(make('h2', '', title));
            section.append(tableOf(x.titles, y.titles, number));
            return section;
        }));
        if (fitted) fit();
    }

    function tableOf(columns, rows, sheet) {
        const table = make('table');
        table.classList.toggle('plain-rows', rows.every((title) => !title));
        table.classList.toggle('plain-columns', columns.every((title) => !title));
        const head = table.createTHead().insertRow();
        head.append(make('th', 'corner'), ...columns.map((title) => make('th', '', title)));
        const body = table.createTBody();
        rows.forEach((title, row) => {
            const line = body.insertRow();
            line.append(make('th', '', title));
            columns.forEach((_, column) => {
                const box = line.insertCell();
                box.append(make('div', 'cell waiting'));
                grid.boxes.set(nameOf([column, row, sheet]), box);
            });
        });
        return table;
    }

    function draw(cell) {
        const box = grid.boxes.get(nameOf(cell.place));
        box?.replaceChildren(cell.state === 'failed' ? failedCell(cell) : pictureCell(cell));
    }

    function pictureCell(cell) {
        const button = make('button', 'cell');
        button.type = 'button';
        button.title = titlesOf(cell.place).join('\n');
        const image = make('img');
        image.loading = 'lazy';
        image.decoding = 'async';
        image.alt = button.title;
        image.dataset.key = cell.key;
        image.src = pictureOf(cell.key, isSmall());
        image.addEventListener('error', () => { image.alt = 'This picture is not kept any more.'; });
        button.append(image);
        button.addEventListener('click', () => { if (!drag?.moved) open(cell); });
        return button;
    }

    function failedCell(cell) {
        const box = make('div', 'cell failed');
        box.append(make('strong', '', 'Failed'));
        if (!saved) {
            const button = make('button', '', 'Retry');
            button.type = 'button';
            button.addEventListener('click', retry);
            box.append(button);
        }
        box.append(make('span', '', cell.error));
        box.title = cell.error;
        return box;
    }

    const titlesOf = (place) => grid.sheet.axes.map(({titles}, axis) => titles[place[axis]]).filter(Boolean);

    // Zoom and pan.
    const isSmall = () => side * devicePixelRatio <= THUMBNAIL;

    function zoom(wanted, pointer) {
        const before = side;
        const wasSmall = isSmall();
        side = Math.min(Math.max(wanted, NARROWEST), WIDEST);
        const area = stage.getBoundingClientRect();
        const from = pointer ?? {clientX: area.left + area.width / 2, clientY: area.top + area.height / 2};
        const [dx, dy] = [from.clientX - area.left, from.clientY - area.top];
        const [left, top] = [stage.scrollLeft + dx, stage.scrollTop + dy];
        document.documentElement.style.setProperty('--side', `${side}px`);
        stage.scrollTo(left * side / before - dx, top * side / before - dy);
        if (wasSmall === isSmall()) return;
        for (const image of stage.querySelectorAll('img')) image.src = pictureOf(image.dataset.key, isSmall());
    }

    // As large as the window allows so that a whole sheet is seen.
    function fit() {
        if (!grid.sheet) return;
        const [x, y] = grid.sheet.axes.map(({titles}) => titles.length);
        const [width, height] = grid.sheet.cell_size;
        const beside = find('tbody th')?.offsetWidth ?? 0;
        const above = find('thead')?.offsetHeight ?? 0;
        const across = (stage.clientWidth - beside - 40) / x - MARGIN;
        const down = ((stage.clientHeight - above - 70) / y - MARGIN) * width / height;
        zoom(Math.max(Math.min(across, down, width * 2), SMALLEST_FIT));
        fitted = true;
    }

    function zoomBy(factor, pointer) {
        zoom(side * factor, pointer);
        fitted = false;
    }

    let drag = null;
    stage.addEventListener('pointerdown', (event) => {
        if (event.button !== 0 || event.pointerType !== 'mouse') return;
        drag = {x: event.clientX, y: event.clientY, left: stage.scrollLeft, top: stage.scrollTop, moved: false};
    });
    addEventListener('pointermove', (event) => {
        if (!drag || !event.buttons) return;
        const [dx, dy] = [event.clientX - drag.x, event.clientY - drag.y];
        drag.moved ||= Math.hypot(dx, dy) > 5;
        stage.classList.toggle('dragging', drag.moved);
        if (drag.moved) stage.scrollTo(drag.left - dx, drag.top - dy);
    });
    addEventListener('pointerup', () => {
        stage.classList.remove('dragging');
        setTimeout(() => { drag = null; });
    });
    stage.addEventListener('dragstart', (event) => event.preventDefault());
    stage.addEventListener('wheel', (event) => {
        if (!event.ctrlKey && !event.metaKey) return;
        event.preventDefault();
        zoomBy(Math.exp(-event.deltaY / 300), event);
    }, {passive: false});
    addEventListener('resize', () => { if (fitted) fit(); });

    // A closer look at one cell.
    async function open(cell) {
        shown = cell;
        viewer.querySelector('img').src = pictureOf(cell.key);
        viewer.querySelector('img').alt = titlesOf(cell.place).join(', ');
        viewer.querySelector('h2').textContent = titlesOf(cell.place).join('\n');
        viewer.querySelector('pre').textContent = '';
        if (!viewer.open) viewer.showModal();
        const text = cell.infotext ?? await fetch(`${address}/cells/${cell.key}/text`)
            .then((answer) => (answer.ok ? answer.json() : {})).then(({infotext}) => infotext ?? '');
        if (shown === cell) viewer.querySelector('pre').textContent = text;
    }

    function move(axis, by) {
        const place = [...shown.place];
        for (;;) {
            place[axis] += by;
            if (place[axis] < 0 || place[axis] >= grid.sheet.axes[axis].titles.length) return;
            const found = grid.cells.find((cell) => cell.state !== 'failed' && nameOf(cell.place) === nameOf(place));
            if (found) return open(found);
        }
    }

    viewer.addEventListener('keydown', (event) => {
        const [axis, by] = {ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [1, -1], ArrowDown: [1, 1]}[event.key] ?? [];
        if (by === undefined) return;
        event.preventDefault();
        move(axis, by);
    });
    viewer.querySelector('.picture').addEventListener('click', () => viewer.close());

    // What stands above the grid.
    function inWords(seconds) {
        if (seconds < 90) return `${Math.max(Math.round(seconds), 1)} s`;
        return seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
    }

    function describe(view) {
        const ended = grid.cells.length;
        const total = grid.sheet.axes.reduce((product, {titles}) => product * titles.length, 1);
        const failed = grid.cells.filter(({state}) => state === 'failed').length;
        const found = grid.cells.filter(({state}) => state === 'found').length;
        const running = view.state === 'running';
        const parts = [`${ended} of ${total} cells`];
        if (found) parts.push(`${found} made before`);
        if (failed) parts.push(`${failed} failed`);
        if (running && view.switches) parts.push(`${view.switches} model switch${view.switches > 1 ? 'es' : ''} in all`);
        if (running && view.remaining_s > 0) parts.push(`about ${inWords(view.remaining_s)} left`);
        if (view.state === 'queued') parts.push('waiting for its turn');
        if (!running && view.state !== 'queued' && ended < total) parts.push('stopped');
        find('.status').textContent = parts.join(' · ');
        find('.track').hidden = !running && ended >= total;
        find('.track').setAttribute('aria-valuenow', Math.round(100 * ended / total));
        find('.bar').style.width = `${100 * ended / total}%`;
        return {running, missing: total - ended + failed};
    }

    function offer(view, {running, missing}) {
        const button = find('[data-act=retry]');
        find('[data-act=stop]').hidden = !running && view.state !== 'queued';
        button.hidden = running || view.state === 'queued' || !missing || view.state === 'gone';
        button.textContent = missing === 1 ? 'Make the missing cell' : `Make the ${missing} missing cells`;
        stage.querySelector('.next')?.classList.remove('next');
        if (running) nextBox()?.firstChild.classList.add('next');
    }

    // The first cell that has not ended, in the order in which they are made.
    function nextBox() {
        const [outer, middle, inner] = grid.sheet.order;
        const lengths = grid.sheet.axes.map(({titles}) => titles.length);
        const ended = new Set(grid.cells.map(({place}) => nameOf(place)));
        for (let count = 0; count < lengths[0] * lengths[1] * lengths[2]; count += 1) {
            const place = [0, 0, 0];
            place[inner] = count % lengths[inner];
            place[middle] = Math.floor(count / lengths[inner]) % lengths[middle];
            place[outer] = Math.floor(count / lengths[inner] / lengths[middle]);
            if (!ended.has(nameOf(place))) return grid.boxes.get(nameOf(place));
        }
        return null;
    }

    function fail(message) {
        find('.status').textContent = message;
        find('.status').classList.add('wrong');
    }

    // The live page: look again until the job has ended.
    async function look() {
        const answer = await fetch(`${address}/state?stamp=${grid.stamp ?? ''}&after=${grid.cells.length}`);
        if (answer.status === 404) throw new Error((await answer.json()).detail);
        const view = await answer.json();
        if (!view.sheet && !grid.sheet) {
            stage.replaceChildren(make('p', 'message', 'The grid appears here as soon as it begins.'));
        }
        if (view.sheet && view.sheet.stamp !== grid.stamp) {
            grid.stamp = view.sheet.stamp;
            build(view.sheet);
        }
        for (const cell of view.cells) {
            grid.cells.push(cell);
            draw(cell);
        }
        if (grid.sheet) offer(view, describe(view));
        if (view.error) fail(view.error);
        return view;
    }

    async function follow() {
        for (let failures = 0; failures < 20;) {
            try {
                const view = await look();
                failures = 0;
                if (!['queued', 'running'].includes(view.state)) return;
            } catch (error) {
                failures += 1;
                if (failures > 2) fail(error.message);
            }
            await new Promise((resolve) => setTimeout(resolve, document.hidden ? 3000 : 700));
        }
    }

    async function post(path) {
        const answer = await fetch(path, {method: 'POST', headers: {'Content-Type': 'application/json'}, body: '{}'});
        const found = await answer.json().catch(() => ({}));
        if (!answer.ok) throw new Error(found.error ?? found.detail ?? answer.statusText);
        return found;
    }

    const jobs = () => address.replace(/\/grids\/([^/]+)$/, '/jobs/$1');
    const stop = () => post(`${jobs()}/interrupt`);

    async function retry() {
        const {job} = await post(`${address}/retry`);
        location.href = `${address.replace(/[^/]+$/, job)}${location.search}`;
    }

    const ACTS = {
        smaller: () => zoomBy(1 / 1.25),
        larger: () => zoomBy(1.25),
        fit,
        stop,
        retry,
        copy: () => navigator.clipboard.writeText(viewer.querySelector('pre').textContent),
        close: () => viewer.close(),
    };

    document.addEventListener('click', async (event) => {
        const act = event.target.closest('[data-act]')?.dataset.act;
        for (const menu of document.querySelectorAll('details[open]')) menu.open = menu.contains(event.target);
        try {
            await ACTS[act]?.();
        } catch (error) {
            fail(error.message);
        }
    });
    stage.addEventListener('keydown', (event) => {
        const act = {'+': 'larger', '=': 'larger', '-': 'smaller', 0: 'fit'}[event.key];
        if (act) ACTS[act]();
    });

    const theme = new URLSearchParams(location.search).get('theme');
    if (theme) document.documentElement.dataset.theme = theme;
    if (saved) {
        const {sheet, cells, pictures} = JSON.parse(saved.textContent);
        for (const element of document.querySelectorAll('.live')) element.remove();
        grid.pictures = pictures;
        build(sheet);
        grid.cells = cells;
        cells.forEach(draw);
        describe({state: 'done'});
    } else {
        for (const link of document.querySelectorAll('[data-side]')) link.href = `${address}/file?side=${link.dataset.side}`;
        follow();
    }
})();
