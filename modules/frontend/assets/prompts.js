// Prompt boxes: weights with Ctrl+Up and Ctrl+Down, token counters, bracket check, buttons, memory.
(() => {
    const PAIRS = {'(': ')', '[': ']', '<': '>'};
    const boxesOf = (tab) => [`${tab}_prompt`, `${tab}_neg_prompt`];
    const areaOf = (id) => document.querySelector(`#${id} textarea`);

    // The innermost <network>, (emphasis) or [de-emphasis] around the caret.
    function enclosing(text, start, end, open) {
        const close = PAIRS[open];
        let depth = 0;
        for (let left = start - 1; left >= 0; left--) {
            if (text[left] === close) depth++;
            if (text[left] === open && depth-- === 0) {
                depth = 0;
                for (let right = left + 1; right < text.length; right++) {
                    if (text[right] === open) depth++;
                    if (text[right] === close && depth-- === 0) return right >= end ? [left, right] : null;
                }
                return null;
            }
        }
        return null;
    }

    function wordAround(text, start, end) {
        const ends = (character) => webui.delimiters.includes(character) || /\s/.test(character);
        while (start > 0 && !ends(text[start - 1])) start--;
        while (end < text.length && !ends(text[end])) end++;
        return start < end ? [start, end] : null;
    }

    const written = (weight) => (Number.isInteger(weight) ? weight.toFixed(1) : String(weight));
    const step = (weight, by) => Number((weight + by).toFixed(4));

    // Return {text, start, end} after the weight at the selection went up or down by one step, or null.
    function changeWeight(text, start, end, direction) {
        const network = enclosing(text, start, end, '<');
        if (network) return changeNetwork(text, network, direction * webui.networkStep);
        const round = enclosing(text, start, end, '(');
        const square = enclosing(text, start, end, '[');
        const bracket = [round, square].filter(Boolean).sort((a, b) => b[0] - a[0])[0];
        const by = direction * webui.attentionStep;
        if (!bracket) {
            const word = start === end ? wordAround(text, start, end) : [start, end];
            return word && replaced(text, word[0], word[1], text.slice(...word), step(1, by));
        }
        const inside = text.slice(bracket[0] + 1, bracket[1]);
        const match = bracket === round ? inside.match(/^([\s\S]*):\s*([+-]?[\d.]+)\s*$/) : null;
        const before = match ? Number(match[2]) : bracket === round ? 1.1 : Number((1 / 1.1).toFixed(1));
        if (!Number.isFinite(before)) return null;
        return replaced(text, bracket[0], bracket[1] + 1, match ? match[1] : inside, step(before, by));
    }

    function replaced(text, from, to, inside, weight) {
        const middle = weight === 1 ? inside : `(${inside}:${written(weight)})`;
        const start = from + (weight === 1 ? 0 : 1);
        return {text: text.slice(0, from) + middle + text.slice(to), start, end: start + inside.length};
    }

    function changeNetwork(text, [from, to], by) {
        const match = text.slice(from, to).match(/^(<[^:>]+:[^:>]+)(?::([+-]?[\d.]+))?([\s\S]*)$/);
        if (!match) return null;
        const weight = step(match[2] === undefined ? 1 : Number(match[2]), by);
        const middle = `${match[1]}:${written(weight)}${match[3]}`;
        return {text: text.slice(0, from) + middle + text.slice(to), start: from + 1, end: from + middle.length};
    }

    function onWeightKey(event) {
        if (!(event.ctrlKey || event.metaKey) || !['ArrowUp', 'ArrowDown'].includes(event.key)) return;
        const area = event.target;
        const result = changeWeight(area.value, area.selectionStart, area.selectionEnd,
            event.key === 'ArrowUp' ? 1 : -1);
        if (!result) return;
        event.preventDefault();
        webui.setValue(area, result.text);
        area.setSelectionRange(result.start, result.end);
    }

    function unbalanced(text) {
        const plain = text.replace(/\\[\s\S]/g, '');
        const wrong = [['(', ')', 'round brackets'], ['[', ']', 'square brackets'], ['{', '}', 'curly brackets']]
            .filter(([open, close]) => plain.split(open).length !== plain.split(close).length);
        return wrong.map(([, , name]) => name);
    }

    async function count(id) {
        const counter = webui.element(`${id}_counter`);
        const text = areaOf(id).value;
        const tab = id.replace(/_(neg_)?prompt$/, '');
        const steps = Number(document.querySelector(`#${tab}_steps input[type=number]`)?.value) || 20;
        const {count: tokens, limit} = await webui.post('internal/tokens', {
            text, steps, negative: id.includes('neg'),
        });
        const wrong = unbalanced(text);
        counter.textContent = `${tokens}/${limit}`;
        counter.classList.toggle('wrong', wrong.length > 0);
        counter.title = wrong.length ? `Open and closed ${wrong.join(' and ')} differ in number` : 'Tokens';
    }

    function addCounter(id) {
        const counter = document.createElement('span');
        counter.id = `${id}_counter`;
        counter.className = 'token-counter';
        counter.textContent = '0/75';
        webui.element(id).append(counter);
        onText(id, () => count(id).catch(() => {}));
    }

    // Tell of a new text once it has stayed for a moment; not every change is typed.
    function onText(id, tell) {
        const area = areaOf(id);
        let seen = '';
        let told = '';
        setInterval(() => {
            if (area.value !== told && area.value === seen) tell(told = area.value);
            seen = area.value;
        }, 250);
    }

    // Prompts survive a reload and a restart of the program.
    function remember(id) {
        const area = areaOf(id);
        const key = `webui.${id}`;
        const kept = localStorage.getItem(key);
        if (kept && !area.value) webui.setValue(area, kept);
        onText(id, (text) => localStorage.setItem(key, text));
    }

    function onButton(id, action) {
        webui.element(id)?.addEventListener('click', action);
    }

    function setNumber(id, value) {
        webui.setValue(document.querySelector(`#${id} input`), value);
    }

    function reuse(tab, name, key) {
        const match = (webui.gallery.selected(tab)?.infotext ?? '').match(new RegExp(`${key}: (\\d+)`));
        setNumber(`${tab}_${name}`, match ? match[1] : -1);
    }

    function prepare(tab) {
        for (const id of boxesOf(tab)) {
            areaOf(id).addEventListener('keydown', onWeightKey);
            if (webui.tokenCounters) addCounter(id);
            remember(id);
        }
        onButton(`${tab}_clear_prompt`, () => boxesOf(tab).forEach((id) => webui.setValue(areaOf(id), '')));
        onButton(`${tab}_random_seed`, () => setNumber(`${tab}_seed`, -1));
        onButton(`${tab}_random_subseed`, () => setNumber(`${tab}_subseed`, -1));
        onButton(`${tab}_reuse_seed`, () => reuse(tab, 'seed', ', Seed'));
        onButton(`${tab}_reuse_subseed`, () => reuse(tab, 'subseed', 'Variation seed'));
    }

    webui.prompts = {changeWeight};

    webui.onLoaded(() => webui.forms().filter((tab) => areaOf(`${tab}_prompt`)).forEach(prepare));
})();
