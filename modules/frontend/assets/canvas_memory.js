// Keeps what is on each canvas in this browser, so that a reload or a crash loses nothing. Nothing is sent.
(() => {
    const parts = (webui.canvasParts ??= {});
    const STORE = 'canvases';
    const LONGEST_MS = 5000;
    let opened = null;

    function settled(request) {
        return new Promise((resolve, reject) => {
            request.onsuccess = () => resolve(request.result);
            request.onerror = () => reject(request.error);
        });
    }

    function open() {
        opened ??= (() => {
            const request = indexedDB.open('webui', 1);
            request.onupgradeneeded = () => request.result.createObjectStore(STORE);
            return settled(request);
        })();
        return opened;
    }

    async function ask(access, question) {
        const database = await open();
        return settled(question(database.transaction(STORE, access).objectStore(STORE)));
    }

    // Private windows, full disks and old browsers keep nothing, or never answer; nobody should wait for them.
    function tolerant(asking) {
        const late = new Promise((resolve) => { setTimeout(resolve, LONGEST_MS); });
        return Promise.race([asking, late]).catch((error) => {
            console.info('This browser keeps no pictures between visits:', error);
        });
    }

    parts.memory = {
        read: (name) => tolerant(ask('readonly', (store) => store.get(name))),
        write: (name, record) => tolerant(ask('readwrite', (store) => store.put(record, name))),
    };
})();
