// Behaviour is attached to what is on the page now and to what HTMX brings later, once each.
const behaviours = [];

export function onReady(selector, attach) {
  behaviours.push([selector, attach]);
}

export function attachAll(root) {
  for (const [selector, attach] of behaviours) {
    const found = [...root.querySelectorAll(selector)];
    if (root.matches && root.matches(selector)) found.unshift(root);
    for (const element of found) {
      const key = `ready${behaviours.findIndex(([, known]) => known === attach)}`;
      if (element.dataset[key]) continue;
      element.dataset[key] = "1";
      attach(element);
    }
  }
}
