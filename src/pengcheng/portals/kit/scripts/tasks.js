// What a device keeps of the task pages: registered where they are, forgotten when its reader goes.
import { onReady } from "./ready.js";

const PAGES = "pengcheng-task-pages";
const ACCOUNT = "/e/tasks-account";

// The parts of pages stay: they are the same for everybody.
async function forgetTasks() {
  if ("caches" in window) await caches.delete(PAGES);
}

// Another account signed in, by whatever way: nothing of the one before stays.
async function forgetOthers() {
  if (!("caches" in window) || !(await caches.has(PAGES))) return;
  const kept = await (await caches.open(PAGES)).match(ACCOUNT);
  if (kept && (await kept.text()) !== document.body.dataset.account) await forgetTasks();
}

async function keepThis(worker) {
  const parts = performance.getEntriesByType("resource").map(({ name }) => name);
  const own = parts.filter((url) => new URL(url).pathname.startsWith("/static/"));
  worker.postMessage({ path: location.pathname, parts: own.filter((url) => url.startsWith(location.origin)) });
}

onReady("[data-tasks-worker]", async (place) => {
  if (!("serviceWorker" in navigator)) return;
  const had = Boolean(navigator.serviceWorker.controller);
  await navigator.serviceWorker.register(place.dataset.tasksWorker, { scope: "/e/tasks" });
  const { active } = await navigator.serviceWorker.ready;
  if (!had) await keepThis(active);
});

onReady('form[action="/sign-out"]', (form) => {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    event.stopImmediatePropagation();
    try {
      await forgetTasks();
    } finally {
      form.submit();
    }
  }, { capture: true });
});

if (location.pathname.startsWith("/sign-in")) forgetTasks();
else forgetOthers();
