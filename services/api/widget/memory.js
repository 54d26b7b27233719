// What this browser remembers between pages and tabs. A message that is still to be sent has an entry of its own, so
// that two tabs never overwrite each other's.

const ROOT = `frontdesk ${API}`;
const WAITING = `${ROOT} waiting `;

const memory = {
  storage: openStorage(),

  /** `token`, `user`, `conversation` (its id), `seen` (the last sequence number that was on screen). */
  get state() {
    return parsed(this.storage.getItem(ROOT)) ?? {};
  },

  keep(changes) {
    this.storage.setItem(ROOT, JSON.stringify({ ...this.state, ...changes }));
  },

  /** As in a browser that was never here. */
  forget() {
    this.storage.removeItem(ROOT);
    for (const entry of this.waiting()) this.drop(entry);
  },

  /** What is still to be told to the api, oldest first. */
  waiting() {
    const keys = Array.from({ length: this.storage.length }, (_, number) => this.storage.key(number));
    const entries = keys.filter((key) => key.startsWith(WAITING)).map((key) => parsed(this.storage.getItem(key)));
    return entries.filter(Boolean).sort((one, other) => one.at - other.at);
  },

  put(entry) {
    this.storage.setItem(WAITING + entry.key, JSON.stringify(entry));
  },

  drop(entry) {
    this.storage.removeItem(WAITING + entry.key);
  },

  isOurs(key) {
    return key === null || key.startsWith(ROOT);
  },
};

function openStorage() {
  try {
    localStorage.setItem(`${ROOT} try`, "");
    localStorage.removeItem(`${ROOT} try`);
    return localStorage;
  } catch {
    return pageStorage(); // cookies and storage are blocked, or full: it lasts as long as this page
  }
}

function pageStorage() {
  const kept = new Map();
  return {
    get length() {
      return kept.size;
    },
    key: (number) => [...kept.keys()][number],
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => kept.set(key, value),
    removeItem: (key) => kept.delete(key),
  };
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** A key that makes sending twice harmless; `randomUUID` is there in secure pages alone. */
function freshKey() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
