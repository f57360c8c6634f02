// Lets the handheld page open without a connection: it keeps the page's shell, which has nothing of anybody in it, and what
// that is made of. Online everything comes from the server; scans never pass through here.

const CACHE = "handheld-1";
const SHELL = "/scan/offline";
const PARTS = /(?:href|src)="(\/static\/[^"#]+)/g;
const IMPORTS = /^import [^;]*?from "(\.[^"]+)"/gm;

addEventListener("install", (event) => {
  event.waitUntil(fill().then(() => self.skipWaiting()));
});

addEventListener("activate", (event) => {
  event.waitUntil(self.clients.claim());
});

addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  if (request.mode === "navigate" && url.pathname === "/scan") event.respondWith(open(event));
  else if (url.pathname.startsWith("/static/")) event.respondWith(fetch(request).catch(() => kept(request)));
});

async function open(event) {
  try {
    const page = await fetch(event.request);
    if (page.ok) event.waitUntil(fill().catch(() => {})); // the shell stays of one age with what the server has
    return page;
  } catch {
    return kept(SHELL);
  }
}

async function kept(request) {
  const cache = await caches.open(CACHE);
  return (await cache.match(request, { ignoreSearch: true })) ?? Response.error();
}

/** Fetches the shell and all that it needs, modules of modules too, and keeps them all or nothing. */
async function fill() {
  const found = new Map();
  const wanted = [SHELL];
  while (wanted.length) {
    const path = wanted.pop();
    if (found.has(path)) continue;
    const answer = await fetch(path, { cache: "no-cache", credentials: "omit" });
    if (!answer.ok) throw new Error(`${path} answered ${answer.status}`);
    found.set(path, answer.clone());
    wanted.push(...(await partsOf(path, answer)));
  }
  const cache = await caches.open(CACHE);
  await Promise.all([...found].map(([path, answer]) => cache.put(path, answer)));
}

async function partsOf(path, answer) {
  const text = await answer.text();
  if (path === SHELL) return [...text.matchAll(PARTS)].map((match) => match[1]);
  if (!path.endsWith(".js")) return [];
  return [...text.matchAll(IMPORTS)].map((match) => new URL(match[1], new URL(path, location.origin)).pathname);
}
