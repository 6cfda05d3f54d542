{% load static %}// The phone's service worker: takes the program along whole and answers from it; the ground of the map is kept as it is seen.
// What is said and sent (the API) never passes a cache: packs and the queue have places of their own.
for (const library of {{ libraries|safe }}) importScripts(library);

const { core, precaching, routing, strategies } = workbox;
const MAP = "grid-map";
const LIBRARY = "grid-libraries";

precaching.precacheAndRoute({{ files|safe }}, { ignoreURLParametersMatching: [/.*/] });
precaching.cleanupOutdatedCaches();
{% if marked %}
// The program's files carry their hash in the address: the browser may take them out of the cache without asking here.
const TAKEN = { condition: { urlPattern: "{% get_static_prefix %}map_ui/*" }, source: { cacheName: core.cacheNames.precache } };
self.addEventListener("install", (event) => event.addRoutes && event.waitUntil(event.addRoutes([TAKEN])));
{% endif %}
routing.registerRoute(new routing.NavigationRoute(precaching.createHandlerBoundToURL({{ shell|safe }}), { allowlist: [/^\/m\/(\?.*)?$/] }));
routing.registerRoute(({ url }) => url.origin === location.origin && url.pathname.startsWith("/tiles/context/"),
  new strategies.StaleWhileRevalidate({ cacheName: MAP }));
routing.registerRoute(({ url }) => url.origin === location.origin && url.pathname.startsWith("/static/vendor/maplibre-gl/"),
  new strategies.StaleWhileRevalidate({ cacheName: LIBRARY, matchOptions: { ignoreSearch: true } }));

// A newer program waits until its user lets it take over.
self.addEventListener("message", (event) => event.data === "take over" && self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
