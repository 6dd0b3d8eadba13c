// Turns the points of a pointer into a smooth stroke with round ends.
(() => {
    const parts = (webui.canvasParts ??= {});
    const middle = (a, b) => ({x: (a.x + b.x) / 2, y: (a.y + b.y) / 2, r: (a.r + b.r) / 2});

    // A piece of a stroke: two circles and what lies between them.
    function piece(a, b) {
        return {a, b, left: Math.min(a.x - a.r, b.x - b.r), top: Math.min(a.y - a.r, b.y - b.r),
            right: Math.max(a.x + a.r, b.x + b.r), bottom: Math.max(a.y + a.r, b.y + b.r)};
    }

    const meet = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;

    function around(rects) {
        const all = {left: Infinity, top: Infinity, right: -Infinity, bottom: -Infinity};
        for (const rect of rects) {
            all.left = Math.min(all.left, rect.left);
            all.top = Math.min(all.top, rect.top);
            all.right = Math.max(all.right, rect.right);
            all.bottom = Math.max(all.bottom, rect.bottom);
        }
        return all;
    }

    function addCircle(path, {x, y, r}) {
        path.moveTo(x + r, y);
        path.arc(x, y, r, 0, 2 * Math.PI);
    }

    // All outlines run the same way round, so that one fill covers their union once, whatever overlaps.
    function addPiece(path, {a, b}) {
        addCircle(path, a);
        const length = Math.hypot(b.x - a.x, b.y - a.y);
        if (!length) return;
        addCircle(path, b);
        const [x, y] = [-(b.y - a.y) / length, (b.x - a.x) / length];
        path.moveTo(a.x - x * a.r, a.y - y * a.r);
        path.lineTo(b.x - x * b.r, b.y - y * b.r);
        path.lineTo(b.x + x * b.r, b.y + y * b.r);
        path.lineTo(a.x + x * a.r, a.y + y * a.r);
        path.closePath();
    }

    class Stroke {
        constructor(edit) {
            Object.assign(this, {edit, pieces: [], fresh: [], tip: null, last: null, reached: null});
        }

        // `point`: {x, y, r} in pixels of the picture.
        add(point) {
            if (!this.last) {
                this.fresh.push(piece(point, point));
                this.reached = point;
            } else if (Math.hypot(point.x - this.last.x, point.y - this.last.y) < 0.25) {
                return;
            } else {
                this.curveTo(middle(this.last, point));
            }
            this.last = point;
        }

        // From where the curve is, bent towards the last point, to `end`.
        curveTo(end) {
            const [start, bend] = [this.reached, this.last];
            const length = Math.hypot(bend.x - start.x, bend.y - start.y) + Math.hypot(end.x - bend.x, end.y - bend.y);
            const count = Math.max(1, Math.ceil(length / Math.max(1.5, end.r / 4)));
            for (let number = 1; number <= count; number++) {
                const t = number / count;
                const point = {};
                for (const key of ['x', 'y', 'r']) {
                    point[key] = (1 - t) ** 2 * start[key] + 2 * t * (1 - t) * bend[key] + t ** 2 * end[key];
                }
                this.fresh.push(piece(this.reached, point));
                this.reached = point;
            }
        }

        // Paint what was added since the last time, and a straight tip to the pointer. Returns the area that changed.
        draw() {
            const tip = piece(this.reached, this.last);
            const area = around([...this.fresh, tip, ...(this.tip ? [this.tip] : [])]);
            this.pieces.push(...this.fresh);
            this.fresh = [];
            this.tip = tip;
            const path = new Path2D();
            const nearby = parts.outward(area);
            for (const each of this.pieces) if (meet(each, nearby)) addPiece(path, each);
            addPiece(path, tip);
            this.edit.fill(path, area);
            return area;
        }
    }

    Object.assign(parts, {Stroke, around});
})();
