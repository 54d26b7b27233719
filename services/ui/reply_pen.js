// Writes into a chat box what the program offers, where the agent writes and beside what they have written: the box
// itself can only be set as a whole. Keeps what is not sent yet over a reload, and knows two keys more than the box.

const DRAFT = "frontdesk-draft-";
const TAKEN = "frontdesk-taken";
const BLANK = /_{4,}/;
const PATIENCE_MS = 3000;

export default function (component) {
  const { box, menu, search, offer, sent } = component.data;
  const area = document.querySelector(`.st-key-${box} textarea`);
  if (!area) return;
  const draft = DRAFT + box;
  const keep = () => {
    if (area.value) sessionStorage.setItem(draft, area.value);
    else sessionStorage.removeItem(draft);
  };
  const known = area.frontdeskSent;
  if (known === undefined && !area.value) write(area, sessionStorage.getItem(draft) ?? "");
  else if (known !== sent) keep();
  area.frontdeskSent = sent;
  if (offer && sessionStorage.getItem(TAKEN) !== offer.id) {
    sessionStorage.setItem(TAKEN, offer.id);
    insert(area, offer.text);
    keep();
  }
  const onInput = () => {
    if (area.value !== "/") return keep();
    write(area, "");
    keep();
    openMenu(menu, search);
  };
  const onKey = (event) => {
    if (event.key !== "Enter" || event.isComposing || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    document.querySelector(`.st-key-${box} [data-testid="stChatInputSubmitButton"]`)?.click();
  };
  area.addEventListener("input", onInput);
  area.addEventListener("keydown", onKey);
  return () => {
    area.removeEventListener("input", onInput);
    area.removeEventListener("keydown", onKey);
  };
}

// As if it had been typed: React hears of a value only through the setter of the element and an event.
function write(area, text) {
  if (area.value === text) return;
  Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value").set.call(area, text);
  area.dispatchEvent(new Event("input", { bubbles: true }));
}

function insert(area, text) {
  const before = area.value.slice(0, area.selectionStart);
  const after = area.value.slice(area.selectionEnd);
  const gap = before && !/\s$/.test(before) ? "\n" : "";
  write(area, before + gap + text + after);
  const start = before.length + gap.length;
  const blank = BLANK.exec(text);
  area.focus();
  if (blank) area.setSelectionRange(start + blank.index, start + blank.index + blank[0].length);
  else area.setSelectionRange(start + text.length, start + text.length);
  area.scrollTop = area.scrollHeight;
}

function openMenu(menu, search) {
  document.querySelector(`.st-key-${menu} button`)?.click();
  const until = Date.now() + PATIENCE_MS;
  const look = () => {
    const field = document.querySelector(`.st-key-${search} input`);
    if (field) field.focus();
    else if (Date.now() < until) setTimeout(look, 50);
  };
  look();
}
