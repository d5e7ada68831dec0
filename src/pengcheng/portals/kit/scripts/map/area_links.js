// Areas by the keyboard: a link for each, out of sight until it is reached, then on its area.
export function addAreaLinks(map, frame, areas, label) {
  const nav = document.createElement("nav");
  nav.className = "map-areas";
  nav.setAttribute("aria-label", label);
  const links = (areas.labels || []).filter((item) => areas.hrefs?.[item.code]).map((item) => {
    const link = document.createElement("a");
    link.className = "map-area";
    link.href = areas.hrefs[item.code];
    link.textContent = `${item.text} ${item.value}`;
    link.addEventListener("focus", () => {
      const at = map.project(item.at);
      link.style.left = `${Math.min(Math.max(at.x, 60), frame.clientWidth - 60)}px`;
      link.style.top = `${Math.min(Math.max(at.y, 24), frame.clientHeight - 24)}px`;
    });
    return link;
  });
  if (!links.length) return () => {};
  nav.append(...links);
  frame.append(nav);
  return () => nav.remove();
}
