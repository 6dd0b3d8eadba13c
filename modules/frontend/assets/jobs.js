// A job on the page: from pressing Generate to the last picture, also after the page was loaded again.
(() => {
    const ENDED = new Set(['done', 'failed', 'cancelled']);
    const watched = {};
    const title = document.title;

    const panelOf = (tab) => webui.gallery.panelOf(tab);

    function setBusy(tab, busy) {
        panelOf(tab).classList.toggle('busy', busy);
        webui.element(`${tab}_generate_box`)?.classList.toggle('running', busy);
        const progress = panelOf(tab).querySelector('.progress-panel');
        progress.hidden = !busy;
        if (busy) return;
        document.title = title;
        panelOf(tab).querySelector('.preview')?.remove();
        const interrupt = webui.element(`${tab}_interrupt`);
        if (interrupt) interrupt.textContent = 'Interrupt';
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

    // What the work is counted in.
    const UNITS = {extras: {step: 'tile', batch: 'picture'}, modelmerger: {step: 'tensor'}};

    function describe(tab, view) {
        if (view.state === 'queued') {
            return view.queue_position > 0 ? `Waiting: ${view.queue_position} before this` : 'Waiting…';
        }
        const parts = [`${Math.round(view.fraction * 100)}%`];
        const {step, batch} = UNITS[tab] ?? {step: 'step', batch: 'batch'};
        if (view.steps) parts.push(`${step} ${view.step}/${view.steps}`);
        if (view.batches > 1) parts.push(`${batch} ${view.batch + 1}/${view.batches}`);
        if (view.stage !== 'sampling') parts.push(view.stage);
        if (view.eta_s !== null && view.eta_s > 1) parts.push(`ETA ${minutes(view.eta_s)}`);
        return parts.join(' · ');
    }

    function drawProgress(tab, round, view) {
        const panel = panelOf(tab);
        const among = round.jobs.length > 1 ? `${round.title || 'Picture'} (${round.index + 1} of ${round.jobs.length}) · ` : '';
        const text = among + describe(tab, view);
        panel.querySelector('.progress-bar').style.width = `${(view.fraction * 100).toFixed(1)}%`;
        panel.querySelector('.progress-text').textContent = text;
        if (webui.progressInTitle) document.title = `[${text}] ${title}`;
        if (view.preview > 0) drawPreview(panel, view);
    }

    // The way to the page of a grid, while it is made and afterwards.
    function drawGridLink(tab, view) {
        const link = panelOf(tab).querySelector('.grid-link');
        if (!link) return;
        link.hidden = !view.grid;
        if (view.grid) link.href = `${view.grid}?theme=${document.body.classList.contains('dark') ? 'dark' : 'light'}`;
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

    // What is said when a job has ended; of several, under the title of each.
    function report(round, view) {
        const about = (text) => (round.title ? `${round.title}: ${text}` : text);
        if (view.state === 'failed') {
            round.lines.push(['error', about(view.error.message)], view.error.remedy && ['remedy', view.error.remedy]);
        }
        round.lines.push(...view.comments.map((text) => ['comment', about(text)]));
        round.seconds += view.seconds ?? 0;
        round.interrupted ||= view.interrupted;
    }

    function drawResult(tab, round, view) {
        const ended = round.interrupted ? 'Interrupted after' : 'Time taken:';
        const failedAlone = view.state === 'failed' && round.jobs.length === 1;
        say(tab, [...round.lines, !failedAlone && view.seconds !== null && ['time', `${ended} ${round.seconds.toFixed(1)} s`]]);
        if (failedAlone) offerRetry(tab, view.id);
        webui.gallery.draw(tab);
        document.dispatchEvent(new CustomEvent('webui:ended', {detail: {tab, state: view.state}}));
    }

    function offerRetry(tab, id) {
        const button = document.createElement('button');
        button.type = 'button';
        button.className = 'action';
        button.textContent = '🔁 Try again';
        button.addEventListener('click', async () => {
            try {
                await webui.post(`internal/jobs/${id}/retry`);
            } catch (error) {
                say(tab, [['error', error.message]]);
                return;
            }
            say(tab, []);
            watch(tab, [{job: id}]);
        });
        panelOf(tab).querySelector('.result-log').append(button);
    }

    async function look(tab, round) {
        const response = await fetch(`internal/jobs/${round.id}`);
        if (response.status === 404) throw new Error('gone');
        const view = await response.json();
        webui.gallery.show(tab, round.jobs[0].job, [...round.pictures, ...view.pictures],
            round.jobs.length > 1 ? webui.mostPictures : -1);
        drawGridLink(tab, view);
        if (!ENDED.has(view.state)) {
            setBusy(tab, true);
            drawProgress(tab, round, view);
        }
        return view;
    }

    // Look until the job of the round has ended, and return its last view; null when it cannot be seen any more.
    async function untilEnded(tab, round) {
        for (let failures = 0; watched[tab] === round;) {
            try {
                const view = await look(tab, round);
                failures = 0;
                if (ENDED.has(view.state)) return view;
            } catch (error) {
                if (++failures > 20 || error.message === 'gone') {
                    say(tab, [['error', 'The connection to the program was lost. Is it still running?']]);
                    return null;
                }
            }
            await new Promise((resolve) => setTimeout(resolve, document.hidden ? 2000 : webui.refreshMs));
        }
        return null;
    }

    // Follow jobs that were handed in together, one after another.
    async function watch(tab, jobs, lines = []) {
        const round = {jobs, lines, pictures: [], seconds: 0, interrupted: false, running: true};
        watched[tab] = round;
        let view = null;
        for (const [index, {job, title}] of jobs.entries()) {
            Object.assign(round, {id: job, title, index, asked: null});
            view = await untilEnded(tab, round);
            if (watched[tab] !== round) return;
            if (!view) break;
            round.pictures.push(...view.pictures);
            if (view.state !== 'cancelled' || jobs.length === 1) report(round, view);
        }
        round.running = false;
        setBusy(tab, false);
        if (view) drawResult(tab, round, view);
        else webui.gallery.draw(tab);
    }

    async function ask(tab, what) {
        const round = watched[tab];
        if (!round?.running) return;
        try {
            await steer(tab, what, round);
        } catch (error) {
            say(tab, [['error', error.message]]);
        }
    }

    // The first click on Interrupt lets what is being made be finished (where there is more to come), the second
    // stops at once.
    async function steer(tab, what, round) {
        const gently = what === 'interrupt' && webui.interruptAfterCurrent && round.asked !== 'interrupt';
        const waiting = what === 'interrupt' && !round.asked ? round.jobs.slice(round.index + 1) : [];
        for (const {job} of waiting) await webui.post(`internal/jobs/${job}/interrupt`);
        const request = gently ? (waiting.length ? null : 'finish') : what;
        const {finishing} = request ? await webui.post(`internal/jobs/${round.id}/${request}`) : {finishing: true};
        if (what !== 'interrupt') return;
        round.asked = what;
        round.interrupted = true;
        webui.element(`${tab}_interrupt`).textContent = finishing ? 'Interrupt now' : 'Interrupting…';
    }

    function resume(tab, {jobs}) {
        if (jobs.length) watch(tab, jobs.map((job) => ({job})));
    }

    webui.jobs = {
        ask,
        say,
        isRunning: (tab) => Boolean(watched[tab]?.running),

        // Called as Generate is pressed; returns who is asking.
        starting(tab) {
            setBusy(tab, true);
            say(tab, []);
            panelOf(tab).querySelector('.progress-bar').style.width = '0';
            panelOf(tab).querySelector('.progress-text').textContent = 'Starting…';
            drawGridLink(tab, {});
            panelOf(tab).querySelector('.gallery-empty').hidden = true;
            return webui.client(tab);
        },

        // Called with the server's answer to Generate: {jobs, failed} or {error, remedy}.
        started(tab, text) {
            const answer = JSON.parse(text);
            if (answer.jobs?.length) {
                watch(tab, answer.jobs, (answer.failed ?? []).map(({title, error}) => ['error', `${title}: ${error}`]));
                return;
            }
            setBusy(tab, false);
            say(tab, [['error', answer.error], answer.remedy && ['remedy', answer.remedy]]);
            webui.gallery.draw(tab);
        },

        async restart(tab) {
            const round = watched[tab];
            const left = round?.running ? round.jobs.slice(round.index) : [];
            for (const {job} of left) await webui.post(`internal/jobs/${job}/interrupt`).catch(() => {});
            webui.element(`${tab}_generate`).click();
        },
    };

    webui.onLoaded(() => {
        for (const tab of webui.forms()) {
            webui.element(`${tab}_interrupt`)?.addEventListener('click', () => ask(tab, 'interrupt'));
            webui.element(`${tab}_skip`)?.addEventListener('click', () => ask(tab, 'skip'));
            fetch(`internal/jobs?client=${webui.client(tab)}`).then((answer) => answer.json())
                .then((found) => resume(tab, found));
        }
    });
})();
