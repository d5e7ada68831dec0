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

// Nothing that one account filled in is sent as another's.
const account = () => document.body.dataset.account ?? "";
const isOurs = (kept) => (kept.account ?? account()) === account();

let sending = false;

function post(kept) {
  const body = new FormData();
  for (const [name, value] of kept.entries) body.append(name, value);
  const token = document.querySelector("form [name=_csrf_token]");
  if (token) body.set("_csrf_token", token.value);
  return fetch(kept.action, {
    method: "POST", body, credentials: "same-origin", redirect: "manual", headers: { "Idempotency-Key": kept.key },
  });
}

// Only an answer that repeats the key is an acceptance: a way to the sign-in page is not one.
const isTaken = (answer, kept) => answer.ok && answer.headers.get("Idempotency-Key") === kept.key;

// 5xx and "too often" are tried again later, like no answer at all.
const isLater = (answer) => answer.status >= 500 || answer.status === 429;

async function sendAll(words) {
  if (sending || !navigator.onLine) return;
  sending = true;
  try {
    for (const kept of (await unsent()).filter(isOurs).sort((a, b) => a.at - b.at)) {
      const answer = await post(kept);
      if (isLater(answer)) break;
      // What the city refuses stays, for a person to see; it holds up nothing else.
      if (!isTaken(answer, kept)) {
        say(words.refused, "info");
        continue;
      }
      await forget(kept.key);
      say(words.sent, "good");
    }
  } catch {
    // Still no network: the queue stays as it is.
  } finally {
    sending = false;
  }
}

// "On line" says only that there is some network; on a weak one nothing comes through. So the form is
// sent from here, and kept where no answer comes.
async function answered(kept) {
  if (!navigator.onLine) return null;
  try {
    const answer = await post(kept);
    return isLater(answer) ? null : answer;
  } catch {
    return null;
  }
}

const wordsOf = ({ dataset }) => ({ kept: dataset.offlineKept, sent: dataset.offlineSent, refused: dataset.offlineRefused });

// A page without such a form, where what waits goes out as well.
onReady("[data-offline-sent]:not(form)", (place) => {
  window.addEventListener("online", () => sendAll(wordsOf(place)));
  sendAll(wordsOf(place));
});

onReady("form[data-offline]", (form) => {
  const words = wordsOf(form);
  let stage = "ready";
  form.addEventListener("submit", async (event) => {
    if (stage === "plain") return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (stage === "asking") return;
    stage = "asking";
    const { submitter } = event;
    const entries = [...new FormData(form, submitter).entries()].filter(([, value]) => !(value instanceof File && !value.size));
    // A button's own `formAction` is the page's address where the button names none.
    const action = submitter?.hasAttribute("formaction") ? submitter.formAction : form.action;
    const kept = { key: crypto.randomUUID(), at: Date.now(), account: account(), action, entries };
    const answer = await answered(kept);
    if (answer && isTaken(answer, kept)) {
      form.dispatchEvent(new CustomEvent("kit:sent", { bubbles: true }));
      location.assign(answer.headers.get("Location") || location.href);
      return;
    }
    if (answer) {
      // Refused: sent as any form is, so that the page tells what is wrong.
      stage = "plain";
      form.requestSubmit(submitter);
      return;
    }
    stage = "ready";
    await ask("readwrite", (store) => store.add(kept));
    say(words.kept, "info");
    form.reset();
    form.dispatchEvent(new CustomEvent("kit:kept", { bubbles: true, detail: { key: kept.key } }));
  }, { capture: true });
  window.addEventListener("online", () => sendAll(words));
  sendAll(words);
});
