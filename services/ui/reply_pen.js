// Writes into a chat box what the program offers, where the agent writes and beside what they have written: the box
// itself can only be set as a whole. Keeps what is not sent yet over a reload, and knows two keys more than the box.

const DRAFT = "frontdesk-draft-";
const TAKEN = "frontdesk-taken";
const SUBMIT = '[data-testid="stChatInputSubmitButton"]';
const BLANK = /_{4,}/;
const PATIENCE_MS = 5000;
const LOOK_MS = 50;
// What the key gives on a Chinese keyboard, too.
const SLASHES = ["/", "／", "、"];

export default function (component) {
  const { box, menu, search, offer, longest } = component.data;
  const draft = DRAFT + box;
  const keep = (area) => {
    if (area.value) sessionStorage.setItem(draft, area.value);
    else sessionStorage.removeItem(draft);
  };
  const hearSlash = (area) => {
    if (!SLASHES.includes(area.value)) return;
    write(area, "");
    // Another component hears of the typing, too. What both tell in the same moment, Streamlit would run as one, and
    // as the smaller: only the fragment of the other.
    setTimeout(openMenu, 0, menu, search);
  };
  const stopWaiting = whenThere(`.st-key-${box} textarea`, (area) => {
    if (!area.frontdeskFilled && !area.value) write(area, sessionStorage.getItem(draft) ?? "");
    area.frontdeskFilled = true;
    hearSlash(area); // one that was typed before this was here
    if (offer && sessionStorage.getItem(TAKEN) !== offer.id) {
      sessionStorage.setItem(TAKEN, offer.id);
      insert(area, offer.text, longest);
    }
  });
  const isOurs = (event) => event.target instanceof Element && event.target.matches(`.st-key-${box} textarea`);
  // Sending empties the box, and no event tells of it; another box may take its place before the next run is here.
  const keepRest = () => setTimeout(() => {
    const area = document.querySelector(`.st-key-${box} textarea`);
    if (area) keep(area);
  });
  const onInput = (event) => {
    if (!isOurs(event)) return;
    if (!event.isComposing) hearSlash(event.target);
    keep(event.target);
  };
  const onKey = (event) => {
    if (!isOurs(event) || event.key !== "Enter" || event.isComposing) return;
    if (event.ctrlKey || event.metaKey) {
      event.preventDefault();
      document.querySelector(`.st-key-${box} ${SUBMIT}`)?.click();
    } else keepRest();
  };
  const onClick = (event) => {
    if (event.target instanceof Element && event.target.closest(`.st-key-${box} ${SUBMIT}`)) keepRest();
  };
  document.addEventListener("input", onInput);
  document.addEventListener("keydown", onKey);
  document.addEventListener("click", onClick);
  return () => {
    stopWaiting();
    document.removeEventListener("input", onInput);
    document.removeEventListener("keydown", onKey);
    document.removeEventListener("click", onClick);
  };
}

// Streamlit may draw an element later than what belongs to it. Gives what ends the waiting.
function whenThere(selector, use) {
  const until = Date.now() + PATIENCE_MS;
  let timer;
  const look = () => {
    const found = document.querySelector(selector);
    if (found) use(found);
    else if (Date.now() < until) timer = setTimeout(look, LOOK_MS);
  };
  look();
  return () => clearTimeout(timer);
}

// As if it had been typed: React hears of a value only through the setter of the element and an event.
function write(area, text) {
  if (area.value === text) return;
  Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value").set.call(area, text);
  area.dispatchEvent(new Event("input", { bubbles: true }));
}

// The box takes no more than `longest` characters, and nothing at all of what is longer.
function insert(area, whole, longest) {
  const before = area.value.slice(0, area.selectionStart);
  const after = area.value.slice(area.selectionEnd);
  const gap = before && !/\s$/.test(before) ? "\n" : "";
  const text = whole.slice(0, Math.max(0, longest - before.length - gap.length - after.length));
  write(area, before + gap + text + after);
  const start = before.length + gap.length;
  const blank = BLANK.exec(text);
  area.focus();
  if (blank) area.setSelectionRange(start + blank.index, start + blank.index + blank[0].length);
  else area.setSelectionRange(start + text.length, start + text.length);
}

function openMenu(menu, search) {
  document.querySelector(`.st-key-${menu} button`)?.click();
  whenThere(`.st-key-${search} input`, (field) => {
    field.focus();
    field.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowDown", bubbles: true }));
  });
}
