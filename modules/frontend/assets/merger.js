// The Checkpoint Merger: what it makes is in the menus as soon as it is there.
document.addEventListener('webui:ended', ({detail: {tab, state}}) => {
    if (tab !== 'modelmerger' || state !== 'done') return;
    for (const id of ['refresh_sd_model_checkpoint', 'refresh_checkpoint_A']) webui.element(id)?.click();
});
