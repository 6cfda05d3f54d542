// @ts-check
/**
 * The live feed. The browser reconnects and resumes by event id itself; when the server cannot resume it says
 * `reset`, and whoever listens reads the whole state again.
 */

/** @typedef {"connecting" | "live" | "away"} FeedState */
/** @typedef {{topic: string, data: any}} FeedEvent */

const TOPICS = [
  "case.reported", "case.stepped", "case.left", "task.changed", "photo.stored", "rating.given", "tiles.changed",
  "edition.activated", "supervision.card",
];
/** For this very person: told to the whole page as `grid:notice`, whoever opened the feed. */
const PERSONAL = "notice";
const RETRY_MS = 5000;

/**
 * Opens the feed and keeps it open.
 * @param {string} url
 * @param {{event: (event: FeedEvent) => void, reset: () => void, state: (state: FeedState) => void}} listener
 * @returns {() => void} closes it
 */
export function openFeed(url, listener) {
  /** @type {EventSource} */
  let source;
  let opened = false;
  let timer = 0;
  const connect = () => {
    source = new EventSource(url);
    listener.state("connecting");
    source.onopen = () => {
      listener.state("live");
      // A connection the browser had given up on starts without an id: read the state again.
      if (opened) listener.reset();
      opened = true;
    };
    source.onerror = () => {
      listener.state("away");
      if (source.readyState !== EventSource.CLOSED) return;
      window.clearTimeout(timer);
      timer = window.setTimeout(connect, RETRY_MS + Math.random() * RETRY_MS);
    };
    document.documentElement.dataset.feed = "open";
    source.addEventListener("reset", () => listener.reset());
    source.addEventListener(PERSONAL, () => document.dispatchEvent(new CustomEvent("grid:notice")));
    for (const topic of TOPICS) {
      source.addEventListener(topic, (message) => listener.event({ topic, data: JSON.parse(message.data) }));
    }
  };
  const stop = () => {
    window.clearTimeout(timer);
    source.close();
  };
  // A device that lost its network keeps a dead line open for minutes; nothing on the page may be called live meanwhile.
  const lost = () => {
    stop();
    listener.state("away");
  };
  const found = () => {
    stop();
    connect();
  };
  connect();
  window.addEventListener("offline", lost);
  window.addEventListener("online", found);
  return () => {
    window.removeEventListener("offline", lost);
    window.removeEventListener("online", found);
    stop();
  };
}
