// A job on the page: from pressing Generate to the last picture, also after the page was loaded again.
(() => {
    const ENDED = new Set(['done', 'failed', 'cancelled']);
    const watched = {};
    const title = document.title;

    const panelOf = (tab) => webui.gallery.panelOf(tab);

    function setBusy(tab, busy) {
        panelOf(tab).classList.toggle('busy', busy);
        webui.element(`${tab}_generate_box`).classList.toggle('running', busy);
        const progress = panelOf(tab).querySelector('.progress-panel');
        progress.hidden = !busy;
        if (busy) return;
        document.title = title;
        panelOf(tab).querySelector('.preview')?.remove();
        webui.element(`${tab}_interrupt`).textContent = 'Interrupt';
    }

    function say(tab, lines) {
        panelOf(tab).querySelector('.result-log').replaceChildren(...lines.filter(Boolean).map(([kind, text]) => {
            const line = document.createElement('div');
            line.className = kind;
            line.textContent = text;
            return line;
        }));
    }

    function minutes(seconds) {
        const whole = Math.max(Math.round(seconds), 0);
        return `${String(Math.floor(whole / 60)).padStart(2, '0')}:${String(whole % 60).padStart(2, '0')}`;
    }

    function describe(view) {
        if (view.state === 'queued') {
            return view.queue_position > 0 ? `Waiting: ${view.queue_position} before this` : 'Waiting…';
        }
        const parts = [`${Math.round(view.fraction * 100)}%`];
        if (view.steps) parts.push(`step ${view.step}/${view.steps}`);
        if (view.batches > 1) parts.push(`batch ${view.batch + 1}/${view.batches}`);
        if (view.stage !== 'sampling') parts.push(view.stage);
        if (view.eta_s !== null && view.eta_s > 1) parts.push(`ETA ${minutes(view.eta_s)}`);
        return parts.join(' · ');
    }

    function drawProgress(tab, view) {
        const panel = panelOf(tab);
        const text = describe(view);
        panel.querySelector('.progress-bar').style.width = `${(view.fraction * 100).toFixed(1)}%`;
        panel.querySelector('.progress-text').textContent = text;
        if (webui.progressInTitle) document.title = `[${text}] ${title}`;
        if (view.preview > 0) drawPreview(panel, view);
    }

    function drawPreview(panel, view) {
        let image = panel.querySelector('.preview');
        if (!image) {
            image = document.createElement('img');
            image.className = 'preview';
            image.alt = 'The picture so far';
            panel.querySelector('.progress-panel').after(image);
        }
        image.src = `internal/jobs/${view.id}/preview?v=${view.preview}`;
        panel.querySelector('.gallery-empty').hidden = true;
        panel.querySelector('.gallery-main').hidden = true;
    }

    function drawResult(tab, view) {
        const comments = view.comments.map((text) => ['comment', text]);
        if (view.state === 'failed') {
            say(tab, [['error', view.error.message], view.error.remedy && ['remedy', view.error.remedy], ...comments]);
            offerRetry(tab, view.id);
        } else {
            const ended = view.interrupted ? 'Interrupted after' : 'Time taken:';
            say(tab, [...comments, view.seconds !== null && ['time', `${ended} ${view.seconds.toFixed(1)} s`]]);
        }
        webui.gallery.draw(tab);
    }

    function offerRetry(tab, id) {
        const button = document.createElement('button');
        button.type = 'button';
        button.className = 'action';
        button.textContent = '🔁 Try again';
        button.addEventListener('click', async () => {
            await webui.post(`internal/jobs/${id}/retry`);
            say(tab, []);
            watch(tab, id);
        });
        panelOf(tab).querySelector('.result-log').append(button);
    }

    async function look(tab, id) {
        const response = await fetch(`internal/jobs/${id}`);
        if (response.status === 404) throw new Error('gone');
        const view = await response.json();
        webui.gallery.show(tab, id, view.pictures);
        if (ENDED.has(view.state)) {
            setBusy(tab, false);
            drawResult(tab, view);
        } else {
            setBusy(tab, true);
            drawProgress(tab, view);
        }
        return view;
    }

    async function watch(tab, id) {
        watched[tab] = {id, running: true};
        for (let failures = 0; watched[tab].id === id;) {
            try {
                const view = await look(tab, id);
                failures = 0;
                if (ENDED.has(view.state)) break;
            } catch (error) {
                if (++failures > 20 || error.message === 'gone') {
                    setBusy(tab, false);
                    say(tab, [['error', 'The connection to the program was lost. Is it still running?']]);
                    break;
                }
            }
            await new Promise((resolve) => setTimeout(resolve, document.hidden ? 2000 : webui.refreshMs));
        }
        if (watched[tab].id === id) watched[tab].running = false;
    }

    // The first click on Interrupt lets the current batch finish (where there are more), the second stops now.
    async function ask(tab, what) {
        const current = watched[tab];
        if (!current?.running) return;
        const again = current.asked === 'interrupt';
        const gently = what === 'interrupt' && webui.interruptAfterCurrent && !again;
        const {finishing} = await webui.post(`internal/jobs/${current.id}/${gently ? 'finish' : what}`);
        if (what !== 'interrupt') return;
        current.asked = what;
        webui.element(`${tab}_interrupt`).textContent = finishing ? 'Interrupt now' : 'Interrupting…';
    }

    webui.jobs = {
        ask,
        isRunning: (tab) => Boolean(watched[tab]?.running),

        // Called as Generate is pressed; returns who is asking.
        starting(tab) {
            setBusy(tab, true);
            say(tab, []);
            panelOf(tab).querySelector('.progress-bar').style.width = '0';
            panelOf(tab).querySelector('.progress-text').textContent = 'Starting…';
            panelOf(tab).querySelector('.gallery-empty').hidden = true;
            return webui.client();
        },

        // Called with the server's answer to Generate.
        started(tab, text) {
            const answer = JSON.parse(text);
            if (answer.job) {
                watch(tab, answer.job);
                return;
            }
            setBusy(tab, false);
            say(tab, [['error', answer.error], answer.remedy && ['remedy', answer.remedy]]);
            webui.gallery.draw(tab);
        },

        async restart(tab) {
            if (watched[tab]?.running) await webui.post(`internal/jobs/${watched[tab].id}/interrupt`);
            webui.element(`${tab}_generate`).click();
        },
    };

    webui.onLoaded(async () => {
        webui.element('txt2img_interrupt').addEventListener('click', () => ask('txt2img', 'interrupt'));
        webui.element('txt2img_skip').addEventListener('click', () => ask('txt2img', 'skip'));
        const {job} = await (await fetch(`internal/jobs?client=${webui.client()}`)).json();
        if (job) watch('txt2img', job);
    });
})();
