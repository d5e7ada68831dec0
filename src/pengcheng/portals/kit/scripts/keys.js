// Single keys act only when nothing is being typed and no modifier is held (WCAG 2.1.4).
const acts = new Map();

export function keyPressed(key, act) {
  acts.set(key, [...(acts.get(key) || []), act]);
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.target.closest?.("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable], dialog[open], .maplibregl-map")) return;
  for (const act of acts.get(event.key) || []) {
    if (act(event)) {
      event.preventDefault();
      return;
    }
  }
});
