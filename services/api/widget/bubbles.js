// What was said, as bubbles.

const NOT_RATED = new Set(["notice", "choice"]);

/** Who speaks and when, where that is news. */
function byLine(message, previous) {
  const speaker = ({ sender, agent_name: name }) => `${sender} ${name}`;
  const isNews = !previous || speaker(previous) !== speaker(message);
  const name = message.sender === "contact" ? say("you") : (message.agent_name ?? say(message.sender));
  const time = element("time", { datetime: message.created_at }, clockTime(message.created_at));
  return element("div", { class: isNews ? "by" : "by again" }, element("b", {}, name), " ", time);
}

function messageItem(message, previous, panel) {
  const hasWords = message.text || message.withheld;
  const bubble = hasWords && element("div", { class: `bubble ${message.form}` }, bubbleContent(message));
  const sources = message.citations.length > 0 && sourceRow(message, panel);
  const isRated = message.sender === "assistant" && !NOT_RATED.has(message.form) && !message.withheld;
  return element(
    "div",
    { class: `message ${message.sender}` },
    byLine(message, previous),
    bubble,
    attachmentRow(message, panel),
    sources,
    pictureRow(message, panel),
    isRated && ratingControl(message, panel.courier),
  );
}

function bubbleContent(message) {
  if (message.withheld) return element("em", {}, say("withheld"));
  const numbers = new Set(message.citations.map((citation) => citation.number));
  if (message.form === "generated") return richText(message.text, numbers);
  const words = plainText(message.text, numbers);
  if (message.form !== "quoted") return words;
  return [element("div", { class: "lead" }, say("quoted")), element("blockquote", {}, words)];
}

/** What comes before the choices of a question back: the question itself. */
function leadOf(message) {
  return message.text.slice(0, message.text.search(/[?？]/) + 1);
}

/** A message that the api has not acknowledged yet. */
function outgoingItem(entry, isStuck) {
  const by = element("div", { class: "by" }, element("b", {}, say(isStuck ? "not_sent" : "sending")));
  return element(
    "div",
    { class: "message contact outgoing" },
    by,
    element("div", { class: "bubble" }, plainText(entry.text)),
  );
}

function greetingItem(greeting) {
  return element("div", { class: "message assistant" }, element("div", { class: "bubble" }, plainText(greeting)));
}

/** Buttons that say something for the visitor: example questions, or the questions of which one may be meant. */
function offers(label, texts, onChosen, isLabelSeen) {
  const buttons = texts.map((text) =>
    element("button", { type: "button", class: "offer", onclick: () => onChosen(text) }, text),
  );
  const lead = isLabelSeen && element("p", {}, label);
  return element("div", { class: "offers", role: "group", "aria-label": label }, lead, buttons);
}

/** Thumbs; after a thumb down the reason may be told. It keeps its own state, so that the focus stays on it. */
function ratingControl(message, courier) {
  const outcome = element("span", { class: "outcome", role: "status" });
  const more = element("div", { class: "why", hidden: true });
  const thumbs = ["up", "down"].map((value) =>
    element(
      "button",
      {
        type: "button",
        class: "thumb",
        "aria-pressed": String(message.rating === value),
        "aria-label": say(value),
        title: say(value),
        onclick: () => choose(value),
      },
      icon(value),
    ),
  );
  let chosen = message.rating;

  async function choose(value) {
    if (await save(chosen === value ? null : value, null)) showMore(chosen === "down");
  }

  function showMore(isShown) {
    more.hidden = !isShown;
    if (isShown) more.scrollIntoView({ block: "nearest" });
  }

  async function save(value, reason) {
    try {
      await courier.rate(message.id, value, reason);
    } catch {
      outcome.textContent = say("not_rated");
      return false;
    }
    chosen = value;
    thumbs.forEach((thumb, number) => thumb.setAttribute("aria-pressed", String(["up", "down"][number] === value)));
    outcome.textContent = value ? say("thanks") : "";
    return true;
  }

  async function explain(reason) {
    if (!(await save("down", reason || null))) return;
    more.hidden = true;
    thumbs[1].focus();
  }

  const reason = element("input", {
    type: "text",
    maxlength: 500,
    "aria-label": say("why"),
    placeholder: say("why"),
  });
  const form = element(
    "form",
    { onsubmit: (event) => (event.preventDefault(), explain(reason.value.trim())) },
    reason,
    element("button", { type: "submit" }, say("why_send")),
  );
  const quick = ["why_wrong", "why_incomplete", "why_other"].map((key) =>
    element("button", { type: "button", class: "offer", onclick: () => explain(say(key)) }, say(key)),
  );
  more.append(...quick, form);
  const group = element("div", { role: "group", "aria-label": say("rate"), class: "thumbs" }, thumbs, outcome);
  return element("div", { class: "rating" }, group, more);
}
