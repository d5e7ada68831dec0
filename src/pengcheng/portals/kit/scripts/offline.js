// Forms that must not be lost without a network: kept in the device's own store with their photos,
// sent in order when there is a network, each with a key so that the city takes it only once.
import { onReady } from "./ready.js";
import { say } from "./say.js";

const STORE = "unsent";

function open() {
  return new Promise((done, failed) => {
    const asked = indexedDB.open("pengcheng", 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore(STORE, { keyPath: "key" });
    asked.onsuccess = () => done(asked.result);
    asked.onerror = () => failed(asked.error);
  });
}

async function ask(mode, act) {
  const database = await open();
  return new Promise((done, failed) => {
    const asked = act(database.transaction(STORE, mode).objectStore(STORE));
    asked.onsuccess = () => done(asked.result);
    asked.onerror = () => failed(asked.error);
  });
}

const unsent = () => ask("readonly", (store) => store.getAll());
const forget = (key) => ask("readwrite", (store) => store.delete(key));

let sending = false;

async function sendAll(words) {
  if (sending || !navigator.onLine) return;
  sending = true;
  try {
    for (const kept of (await unsent()).sort((a, b) => a.at - b.at)) {
      const body = new FormData();
      for (const [name, value] of kept.entries) body.append(name, value);
      const token = document.querySelector("form [name=_csrf_token]");
      if (token) body.set("_csrf_token", token.value);
      const answer = await fetch(kept.action, {
        method: "POST", body, credentials: "same-origin", redirect: "manual", headers: { "Idempotency-Key": kept.key },
      });
      // 5xx and "too often" are tried again later; what the city refuses stays, for a person to see.
      // Only an answer that repeats the key is an acceptance: a way to the sign-in page is not one.
      if (answer.status >= 500 || answer.status === 429) break;
      if (answer.ok && answer.headers.get("Idempotency-Key") === kept.key) {
        await forget(kept.key);
        say(words.sent, "good");
      } else {
        say(words.refused, "info");
        break;
      }
    }
  } catch {
    // Still no network: the queue stays as it is.
  } finally {
    sending = false;
  }
}

onReady("form[data-offline]", (form) => {
  const words = { kept: form.dataset.offlineKept, sent: form.dataset.offlineSent, refused: form.dataset.offlineRefused };
  form.addEventListener("submit", async (event) => {
    if (navigator.onLine) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const entries = [...new FormData(form, event.submitter).entries()].filter(([, value]) => !(value instanceof File && !value.size));
    const kept = { key: crypto.randomUUID(), at: Date.now(), action: event.submitter?.formAction || form.action, entries };
    await ask("readwrite", (store) => store.add(kept));
    say(words.kept, "info");
    form.reset();
    form.dispatchEvent(new CustomEvent("kit:kept", { bubbles: true, detail: { key: kept.key } }));
  }, { capture: true });
  window.addEventListener("online", () => sendAll(words));
  sendAll(words);
});
