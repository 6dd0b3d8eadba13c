// Which way up a WebP is. Browsers turn JPEG and PNG by the mark their camera left, but not WebP.
(() => {
    const parts = (webui.canvasParts ??= {});
    const UPRIGHT = 1;
    const ORIENTATION = 0x0112;
    const HEADER_BYTES = 12;

    const letters = (bytes, at, count) => String.fromCharCode(...bytes.subarray(at, at + count));

    async function isWebp(file) {
        const bytes = new Uint8Array(await file.slice(0, HEADER_BYTES).arrayBuffer());
        return letters(bytes, 0, 4) === 'RIFF' && letters(bytes, 8, 4) === 'WEBP';
    }

    // Where the EXIF of a WebP begins; null without one.
    function findExif(bytes) {
        const numbers = new DataView(bytes.buffer);
        for (let at = HEADER_BYTES; at + 8 <= bytes.length;) {
            const length = numbers.getUint32(at + 4, true);
            if (letters(bytes, at, 4) === 'EXIF') return letters(bytes, at + 8, 4) === 'Exif' ? at + 14 : at + 8;
            at += 8 + length + length % 2;
        }
        return null;
    }

    function readOrientation(bytes, start) {
        const numbers = new DataView(bytes.buffer, start);
        const little = letters(bytes, start, 2) === 'II';
        const directory = numbers.getUint32(4, little);
        const count = numbers.getUint16(directory, little);
        for (let entry = directory + 2; entry < directory + 2 + count * 12; entry += 12) {
            if (numbers.getUint16(entry, little) === ORIENTATION) return numbers.getUint16(entry + 8, little);
        }
        return UPRIGHT;
    }

    parts.isShownTurned = async (file) => {
        if (!await isWebp(file)) return false;
        const bytes = new Uint8Array(await file.arrayBuffer());
        try {
            const start = findExif(bytes);
            return start !== null && readOrientation(bytes, start) !== UPRIGHT;
        } catch (error) {
            if (error instanceof RangeError) return false; // a broken mark is ignored, as the server does
            throw error;
        }
    };
})();
