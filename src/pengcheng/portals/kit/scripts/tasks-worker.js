// Service worker of the task pages of 深政易 (and of nothing else): the list and the tasks last seen open
// without a network, marked as kept. It keeps pages of one account only; another one's come in their place.
const PAGES = "pengcheng-task-pages";
const PARTS = "pengcheng-task-parts";
const AWAY = "/e/tasks-offline";
const ACCOUNT = "/e/tasks-account";
const PAGES_MAX = 30;
const PARTS_MAX = 40;
const KEPT_MS = 3 * 24 * 3600 * 1000;
const WAIT_MS = 8000;

const isTaskPage = (path) => path === "/e/tasks" || /^\/e\/tasks\/[^/]+$/.test(path);
const accountIn = (text) => /<body[^>]* data-account="([0-9a-f]+)"/.exec(text)?.[1] ?? "";

async function forgetPages() {
  await caches.delete(PAGES);
}

async function bound(cache, most) {
  const keys = await cache.keys();
  for (const key of keys.slice(0, Math.max(0, keys.length - most))) await cache.delete(key);
}

async function keepPage(path, answer) {
  const text = await answer.text();
  const account = accountIn(text);
  if (!account) return;
  const before = await (await caches.open(PAGES)).match(ACCOUNT);
  if (before && (await before.text()) !== account) await forgetPages();
  const headers = new Headers(answer.headers);
  for (const name of ["Content-Encoding", "Content-Length"]) headers.delete(name);
  headers.set("X-Kept-At", String(Date.now()));
  const cache = await caches.open(PAGES);
  // Taken out first, so that what was seen last stands last.
  await cache.delete(path);
  await cache.put(path, new Response(text, { headers }));
  await cache.delete(ACCOUNT);
  await cache.put(ACCOUNT, new Response(account));
  await bound(cache, PAGES_MAX + 1);
}

async function keptPage(path) {
  const found = await (await caches.open(PAGES)).match(path);
  if (!found || Date.now() - Number(found.headers.get("X-Kept-At")) > KEPT_MS) return null;
  const text = (await found.text()).replace("data-offline-mark hidden", "data-offline-mark");
  return new Response(text, { headers: found.headers });
}

async function awayPage() {
  return (await (await caches.open(PARTS)).match(AWAY)) ?? Response.error();
}

const late = (asked) => new Promise((done, failed) => {
  setTimeout(() => failed(new Error("late")), WAIT_MS);
  asked.then(done, failed);
});

async function fresh(event, path) {
  const answer = await fetch(event.request);
  if (answer.type === "opaqueredirect" || [401, 403].includes(answer.status)) await forgetPages();
  else if (answer.status === 404) await (await caches.open(PAGES)).delete(path);
  else if (answer.status === 200) event.waitUntil(keepPage(path, answer.clone()));
  return answer;
}

// The network first; what was kept where it is away, broken, or so slow that nobody would wait.
async function page(event, path) {
  const asked = fresh(event, path);
  try {
    const answer = await late(asked);
    return answer.status >= 500 ? (await keptPage(path)) ?? answer : answer;
  } catch {
    return (await keptPage(path)) ?? asked.catch(awayPage);
  }
}

// Names of built files carry their hash: what was read once never changes.
async function part(request) {
  const cache = await caches.open(PARTS);
  const found = await cache.match(request.url);
  if (found) return found;
  const answer = await fetch(request);
  if (answer.status === 200) {
    await cache.put(request.url, answer.clone());
    await bound(cache, PARTS_MAX);
  }
  return answer;
}

self.addEventListener("install", (event) => {
  self.skipWaiting();
  event.waitUntil(caches.open(PARTS).then((cache) => cache.add(AWAY)));
});

self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== location.origin) return;
  if (event.request.mode === "navigate" && isTaskPage(url.pathname)) event.respondWith(page(event, url.pathname));
  else if (url.pathname.startsWith("/static/")) event.respondWith(part(event.request));
});

// The page that was open before there was a worker, and what it is made of.
self.addEventListener("message", (event) => {
  const { path, parts } = event.data;
  if (!isTaskPage(path)) return;
  event.waitUntil(Promise.all([
    fetch(path, { redirect: "manual" }).then((answer) => (answer.status === 200 ? keepPage(path, answer) : null)),
    ...parts.map((url) => part(new Request(url))),
  ]));
});
