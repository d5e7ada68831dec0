// The one script that runs before anything is painted: it says which parts will work, so that
// nothing is drawn twice and no field moves when the others arrive. Without them it is taken back.
const shown = document.documentElement.classList;
shown.add("scripted");
if (window.MediaRecorder && navigator.mediaDevices?.getUserMedia) shown.add("records");
addEventListener("error", ({ target }) => {
  if (target instanceof HTMLScriptElement && target.type === "module") shown.remove("scripted", "records");
}, true);
