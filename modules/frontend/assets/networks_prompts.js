// What a card of a network adds to a prompt, and how it is found and taken out again.
(() => {
    const TAGS = {lora: 'lora', hypernetworks: 'hypernet'};

    const escaped = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

    // The pattern of a card in a prompt, whatever weight somebody gave it.
    function patternOf(page, card, flags) {
        if (!TAGS[page]) {
            const word = escaped(card.word);
            return new RegExp(`\\(${word}(?::[\\d.]+)?\\)|(?<![\\w-])${word}(?![\\w-])`, `i${flags}`);
        }
        const words = [...new Set([card.word, card.name])].map(escaped).join('|');
        const following = card.activation ? `(?:\\s*${escaped(card.activation)})?` : '';
        return new RegExp(`<${TAGS[page]}:(?:${words})(?::[^>]*)?>${following}`, flags);
    }

    function added(text, addition, separator) {
        return text ? text + separator + addition : addition;
    }

    // Take out every match together with the separator before it, or after it at the start.
    function taken(text, pattern, separator) {
        const gap = separator.trim() ? escaped(separator) : '[ \\t]*';
        const before = new RegExp(`(?:${gap})(?:${pattern.source})`, pattern.flags);
        const start = new RegExp(`^(?:${pattern.source})(?:${gap})`, pattern.flags);
        return text.replace(start, '').replace(before, '').replace(pattern, '');
    }

    function addition(page, card, view) {
        if (!TAGS[page]) return card.word;
        const tag = `<${TAGS[page]}:${card.word}:${card.weight || view.weight}>`;
        return card.activation ? `${tag} ${card.activation}` : tag;
    }

    webui.networkText = {
        holds: (page, card, text) => patternOf(page, card, '').test(text),

        // Return the text with the card's word, or without it where it stands there already.
        toggle(page, card, text, view) {
            const pattern = patternOf(page, card, 'g');
            return pattern.test(text) ? taken(text, patternOf(page, card, 'g'), view.separator)
                : added(text, addition(page, card, view), view.separator);
        },

        // Bring the words a card wants in the negative prompt in or out.
        setNegative(card, text, present, view) {
            if (!card.negative) return text;
            const words = `(${card.negative}:1)`;
            if (present) return text.includes(words) ? text : added(text, words, view.separator);
            return taken(text, new RegExp(escaped(words), 'g'), view.separator);
        },
    };
})();
