// The last script: everything that the page needs has run.
webui.scriptsComplete();
