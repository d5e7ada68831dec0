import { attachAll, onReady } from "../../scripts/ready.js";

// Attributes that scripts and readers set; a fresh page does not take them away.
const OWN = /^(data-ready|data-drawn|data-idle|open$|hidden$|value$|style$)/;

function sameKind(old, fresh) {
  return old.nodeType === fresh.nodeType && old.nodeName === fresh.nodeName && old.id === fresh.id;
}

function takeAttributes(old, fresh) {
  for (const { name, value } of fresh.attributes) {
    if (name === "open" || (name === "value" && old === document.activeElement)) continue;
    if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
  for (const { name } of [...old.attributes]) {
    if (!fresh.hasAttribute(name) && !OWN.test(name)) old.removeAttribute(name);
  }
}

export function morph(old, fresh, told) {
  if (old.nodeType !== Node.ELEMENT_NODE) {
    if (old.data !== fresh.data) old.data = fresh.data;
    return;
  }
  if (old.hasAttribute("data-island")) return;
  if (old.localName === "script") {
    if (old.textContent !== fresh.textContent) {
      old.textContent = fresh.textContent;
      told.push(old.id);
    }
    return;
  }
  takeAttributes(old, fresh);
  if (old.localName === "input" && old !== document.activeElement && fresh.hasAttribute("value")) old.value = fresh.getAttribute("value");
  const [from, to] = [[...old.childNodes], [...fresh.childNodes]];
  to.forEach((next, at) => {
    const here = from[at];
    if (here && sameKind(here, next)) return morph(here, next, told);
    const made = document.importNode(next, true);
    if (here) here.replaceWith(made);
    else old.append(made);
    if (made.nodeType === Node.ELEMENT_NODE) attachAll(made);
  });
  for (const gone of from.slice(to.length)) gone.remove();
}

function renew(text) {
  const fresh = new DOMParser().parseFromString(text, "text/html");
  const told = [];
  for (const part of ["main", ".command-header__status", ".command-header .top-nav"]) {
    const [old, next] = [document.querySelector(part), fresh.querySelector(part)];
    if (old && next) morph(old, next, told);
  }
  for (const id of told) document.querySelector(`[data-source="${CSS.escape(id)}"]`)?.dispatchEvent(new CustomEvent("kit:data"));
}

async function look(mark) {
  const failed = mark.querySelector("[data-renew-failed]");
  try {
    const answer = await fetch(mark.dataset.renew, { headers: { "X-Live": "1" }, cache: "no-store" });
    // Who is no longer signed in is shown where to sign in again.
    if (answer.redirected) return location.reload();
    if (!answer.ok) throw new Error(String(answer.status));
    const shown = mark.dataset.renewAddress;
    renew(await answer.text());
    failed.textContent = "";
    if (shown) history.replaceState(null, "", shown);
  } catch (fault) {
    failed.textContent = failed.dataset.renewFailed;
  }
}

onReady("[data-renew]", (mark) => {
  const wait = () => setTimeout(async () => {
    if (!mark.isConnected) return;
    if (!document.hidden) await look(mark);
    wait();
  }, Number(mark.dataset.renewSeconds) * 1000);
  wait();
});
