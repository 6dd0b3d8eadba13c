// A grid of thousands of cards of which only those in sight are on the page.
(() => {
    const GAP = 8;
    const USUAL_WIDTH = 150;
    const USUAL_SHAPE = 1.45;
    const ROWS_AHEAD = 2;

    // `draw(item)` makes the element of an item, `refresh(element, item)` brings one that is shown up to date.
    webui.CardGrid = class {
        constructor(scroller, draw, refresh) {
            this.scroller = scroller;
            this.sizer = scroller.querySelector('.cards-sizer');
            this.draw = draw;
            this.refresh = refresh;
            this.items = [];
            this.shown = new Map();
            this.size = {width: 0, height: 0};
            scroller.addEventListener('scroll', () => this.later());
            new ResizeObserver(() => this.later()).observe(scroller);
        }

        // Show other items, or the same ones changed.
        show(items, size) {
            this.items = items;
            this.size = size;
            for (const element of this.shown.values()) element.remove();
            this.shown.clear();
            this.paint();
        }

        update() {
            for (const [item, element] of this.shown) this.refresh(element, item);
        }

        later() {
            this.waiting ||= requestAnimationFrame(() => {
                this.waiting = 0;
                this.paint();
            });
        }

        measure() {
            const room = this.sizer.clientWidth;
            const wanted = this.size.width || USUAL_WIDTH;
            const columns = Math.max(Math.floor((room + GAP) / (wanted + GAP)), 1);
            const width = this.size.width || Math.floor((room - GAP * (columns - 1)) / columns);
            return {room, columns, width, height: this.size.height || Math.round(width * USUAL_SHAPE)};
        }

        paint() {
            const {room, columns, width, height} = this.measure();
            if (!room) return;
            const row = height + GAP;
            const rows = Math.ceil(this.items.length / columns);
            this.sizer.style.height = `${Math.max(rows * row - GAP, 0)}px`;
            const top = Math.floor(this.scroller.scrollTop / row) - ROWS_AHEAD;
            const bottom = Math.ceil((this.scroller.scrollTop + this.scroller.clientHeight) / row) + ROWS_AHEAD;
            const from = Math.max(top, 0) * columns;
            const visible = this.items.slice(from, Math.max(bottom, 0) * columns);
            this.forget(new Set(visible));
            visible.forEach((item, index) => {
                const element = this.elementOf(item);
                element.style.width = `${width}px`;
                element.style.height = `${height}px`;
                const column = (from + index) % columns;
                element.style.transform =
                    `translate(${column * (width + GAP)}px, ${Math.floor((from + index) / columns) * row}px)`;
            });
        }

        forget(kept) {
            for (const [item, element] of this.shown) {
                if (kept.has(item)) continue;
                element.remove();
                this.shown.delete(item);
            }
        }

        elementOf(item) {
            let element = this.shown.get(item);
            if (!element) {
                element = this.draw(item);
                this.refresh(element, item);
                this.shown.set(item, element);
                this.sizer.append(element);
            }
            return element;
        }
    };
})();
