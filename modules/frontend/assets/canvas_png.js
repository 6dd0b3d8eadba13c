// Writes PNG files, 8-bit grey or RGBA. A canvas has a writer of its own, which takes several times as long.
(() => {
    const parts = (webui.canvasParts ??= {});
    const SIGNATURE = new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
    const COLOR_TYPES = {1: 0, 4: 6};
    const CHECKS = Uint32Array.from({length: 256}, (_, value) => {
        for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
        return value;
    });

    function checksum(bytes) {
        let check = 0xffffffff;
        for (const byte of bytes) check = CHECKS[(check ^ byte) & 0xff] ^ (check >>> 8);
        return ~check >>> 0;
    }

    function chunk(kind, content) {
        const bytes = new Uint8Array(content.length + 12);
        const numbers = new DataView(bytes.buffer);
        numbers.setUint32(0, content.length);
        bytes.set([...kind].map((letter) => letter.charCodeAt(0)), 4);
        bytes.set(content, 8);
        numbers.setUint32(content.length + 8, checksum(bytes.subarray(4, content.length + 8)));
        return bytes;
    }

    function header({width, height, channels}) {
        const bytes = new Uint8Array(13);
        const numbers = new DataView(bytes.buffer);
        numbers.setUint32(0, width);
        numbers.setUint32(4, height);
        bytes[8] = 8;
        bytes[9] = COLOR_TYPES[channels];
        return bytes;
    }

    async function deflate(bytes) {
        const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream('deflate'));
        return new Uint8Array(await new Response(stream).arrayBuffer());
    }

    // Rows of `channels` bytes a pixel, each row after a zero (PNG's "no filter"). Filled in by the caller.
    parts.PixelRows = class {
        constructor(width, height, channels) {
            Object.assign(this, {width, height, channels, stride: 1 + width * channels});
            this.bytes = new Uint8Array(this.stride * height);
        }

        at(x, y) {
            return y * this.stride + 1 + x * this.channels;
        }

        async toPng() {
            const content = await deflate(this.bytes);
            return new Blob([SIGNATURE, chunk('IHDR', header(this)), chunk('IDAT', content),
                chunk('IEND', new Uint8Array())], {type: 'image/png'});
        }
    };
})();
