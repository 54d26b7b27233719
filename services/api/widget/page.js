// What the page says about the widget, where the api is, and the words of its language.

const SCRIPT = document.currentScript;
const API = SCRIPT.src.replace(/\/widget\.js([?#].*)?$/, "");

function chosenLanguage() {
  const wanted = SCRIPT.dataset.language || document.documentElement.lang || navigator.language || "en";
  return wanted.toLowerCase().startsWith("zh") ? "zh" : "en";
}

const LANGUAGE = chosenLanguage();
const LANGUAGE_TAG = { zh: "zh-CN", en: "en-GB" }[LANGUAGE];

/** The words for a key, with `{name}` filled in. */
function say(key, values = {}) {
  return WORDS[LANGUAGE][key].replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

/** `14:05` today, with the date before it on other days. */
function clockTime(moment) {
  const when = new Date(moment);
  const time = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
  const isToday = when.toDateString() === new Date().toDateString();
  return when.toLocaleString(LANGUAGE_TAG, isToday ? time : { month: "short", day: "numeric", ...time });
}

/** An element with attributes, listeners (`onclick: ...`) and children; texts are texts, never HTML. */
function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false && value != null) made.setAttribute(name, value);
  }
  made.append(...children.flat().filter((child) => child != null && child !== false));
  return made;
}

const ICONS = {
  chat: "M4 5h16v11H9l-5 4z",
  close: "M6 6l12 12M18 6L6 18",
  back: "M15 5l-7 7 7 7",
  send: "M4 12h15M13 6l6 6-6 6",
  list: "M12 8v4l3 2M4 12a8 8 0 1 0 3-6.2M4 4v4h4",
  up: "M8 11l4-7c1.5 0 2.5 1 2 3l-.5 3H19c1.2 0 2 1 1.7 2l-1.5 6c-.2.7-.8 1-1.5 1H8zM8 11H4v8h4",
  down: "M16 13l-4 7c-1.5 0-2.5-1-2-3l.5-3H5c-1.2 0-2-1-1.7-2l1.5-6c.2-.7.8-1 1.5-1H16zM16 13h4V5h-4",
  plus: "M12 5v14M5 12h14",
  clip: "M20 11.5l-8 8a5 5 0 0 1-7-7l8.5-8.5a3.3 3.3 0 0 1 4.7 4.7L9.9 17a1.7 1.7 0 0 1-2.4-2.4l7.3-7.3",
  file: "M6 3h8l4 4v14H6zM14 3v4h4",
  phone: "M5 4h4l2 5-2.5 1.5a11 11 0 0 0 5 5L15 13l5 2v4c0 1-1 1-1 1A15 15 0 0 1 4 5s0-1 1-1",
  star: "M12 3.5l2.6 5.4 5.9.8-4.3 4.1 1 5.9-5.2-2.9-5.2 2.9 1-5.9-4.3-4.1 5.9-.8z",
  person: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4 20c1-4 4-5 8-5s7 1 8 5",
};

function icon(name) {
  const space = "http://www.w3.org/2000/svg";
  const drawing = document.createElementNS(space, "svg");
  drawing.setAttribute("viewBox", "0 0 24 24");
  drawing.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(space, "path");
  path.setAttribute("d", ICONS[name]);
  drawing.append(path);
  return drawing;
}
