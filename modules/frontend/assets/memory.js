// Memory, at the foot of the page: looked up while the foot can be seen.
(() => {
    const LOOK_AGAIN_MS = 10000;
    let inView = false;

    async function draw(place) {
        const response = await fetch('internal/memory').catch(() => null);
        if (!response?.ok) return;
        const {line, details} = await response.json();
        place.textContent = line.join(' • ');
        place.title = details.join('\n');
    }

    webui.onLoaded(() => {
        const place = document.querySelector('#footer .footer-memory');
        const look = () => { if (inView && !document.hidden) draw(place); };
        new IntersectionObserver((entries) => {
            inView = entries.at(-1).isIntersecting;
            look();
        }).observe(place.parentElement);
        setInterval(look, LOOK_AGAIN_MS);
    });
})();
