// The button in the corner and the window that it opens.

const FULL_SCREEN = matchMedia("(max-width: 480px), (max-height: 420px)");
const LONGEST_MESSAGE = 4000;
const NEAR_END_PX = 80;

class Panel {
  constructor(shop, user) {
    this.shop = shop;
    this.items = new Map(); // what the log shows, by key
    this.courier = new Courier(() => this.draw());
    this.build();
    FULL_SCREEN.addEventListener("change", () => this.fit());
    visualViewport?.addEventListener("resize", () => this.fit());
    this.fit();
    this.draw();
    this.courier.resume(user);
  }

  get focused() {
    return this.root.getRootNode().activeElement;
  }

  get isOpen() {
    return !this.window.hidden;
  }

  open() {
    if (this.isOpen) return;
    this.window.hidden = false;
    this.launcher.setAttribute("aria-expanded", "true");
    this.courier.isShown = true;
    this.fit();
    this.draw();
    this.courier.look();
    this.stayAtEnd(true);
    // On a touch screen the keyboard would cover what there is to read.
    (matchMedia("(pointer: coarse)").matches ? this.title : this.text).focus();
  }

  close() {
    if (!this.isOpen) return;
    this.closeSheet();
    this.window.hidden = true;
    this.launcher.setAttribute("aria-expanded", "false");
    this.courier.isShown = false;
    this.courier.look();
    this.fit();
    this.draw();
    this.launcher.focus();
  }

  build() {
    const name = this.shop.name[LANGUAGE];
    const tool = (key, picture, onclick) =>
      element(
        "button",
        { type: "button", class: "tool", "aria-label": say(key), title: say(key), onclick },
        icon(picture),
      );
    this.badge = element("span", { class: "badge", hidden: true });
    this.launcher = element(
      "button",
      {
        type: "button",
        class: "launcher",
        "aria-expanded": "false",
        "aria-controls": "window",
        "aria-label": say("open", { name }),
        onclick: () => (this.isOpen ? this.close() : this.open()),
      },
      icon("chat"),
      this.badge,
    );
    this.title = element("h2", { id: "title", tabindex: "-1" }, name);
    this.owner = element("p", { class: "status", role: "status" });
    this.state = element("p", { class: "state", role: "status", hidden: true });
    const header = element(
      "header",
      {},
      element("span", { class: "mark", "aria-hidden": "true" }, [...name][0]),
      element("div", { class: "names" }, this.title, this.owner),
      tool("earlier", "list", () => this.showEarlier()),
      tool("new", "plus", () => this.courier.startAnew()),
      tool("close", "close", () => this.close()),
    );
    this.log = element("div", { class: "log", role: "log", "aria-live": "polite", "aria-label": say("messages") });
    this.draft = element("div", { class: "message assistant draft", "aria-hidden": "true", hidden: true });
    this.below = element("div", { class: "below" });
    this.survey = element("div");
    this.scroller = element(
      "div",
      { class: "scroller", tabindex: "0", role: "region", "aria-label": say("messages") },
      this.log,
      this.draft,
      this.below,
      this.survey,
    );
    this.notice = element("p", { class: "news", role: "status", hidden: true });
    this.person = element(
      "button",
      { type: "button", class: "person", onclick: () => this.askForPerson() },
      icon("person"),
      say("person"),
    );
    this.reach = element(
      "button",
      { type: "button", class: "leave", hidden: true, onclick: () => this.leaveWord() },
      icon("phone"),
      element("span"),
    );
    this.text = element("textarea", {
      rows: 1,
      maxlength: LONGEST_MESSAGE,
      "aria-label": say("label"),
      placeholder: say("placeholder"),
      enterkeyhint: "send",
      oninput: () => this.onTyped(),
      onkeydown: (event) => this.onTextKey(event),
    });
    this.tray = new Tray(this);
    const form = element(
      "form",
      { class: "composer", onsubmit: (event) => (event.preventDefault(), this.send(this.text.value)) },
      this.tray.button,
      this.text,
      element("button", { type: "submit", class: "send", "aria-label": say("send") }, icon("send")),
    );
    this.body = element(
      "div",
      { class: "body" },
      header,
      this.scroller,
      this.notice,
      this.state,
      this.person,
      this.reach,
      this.tray.root,
      form,
      element("p", { class: "small" }, say("small_print")),
    );
    this.tray.listen(this.body, this.text);
    this.sheet = element("section", { class: "sheet", hidden: true, "aria-labelledby": "sheet-title" });
    this.window = element(
      "section",
      {
        id: "window",
        class: "window",
        role: "dialog",
        "aria-labelledby": "title",
        hidden: true,
      },
      this.body,
      this.sheet,
    );
    this.root = element(
      "div",
      { class: `root ${this.shop.position}`, lang: LANGUAGE_TAG, onkeydown: (event) => this.onKey(event) },
      this.window,
      this.launcher,
    );
  }

  /** Fill the screen of a phone, as far as its keyboard leaves it free. */
  fit() {
    const isFull = FULL_SCREEN.matches;
    this.root.classList.toggle("full", isFull);
    this.root.classList.toggle("opened", this.isOpen);
    this.window.setAttribute("aria-modal", String(isFull));
    const height = isFull && visualViewport ? `${visualViewport.height}px` : "";
    this.window.style.setProperty("height", height);
    this.grow();
  }

  grow() {
    this.text.style.setProperty("height", "auto");
    if (this.text.scrollHeight) this.text.style.setProperty("height", `${this.text.scrollHeight + 2}px`);
  }

  onTyped() {
    this.grow();
    if (this.text.value.trim()) this.courier.typing.tell(this.courier.thread);
  }

  onTextKey(event) {
    // While an input method composes, Enter chooses a word.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    this.send(this.text.value);
  }

  onKey(event) {
    if (!this.isOpen) return;
    if (event.key === "Escape") {
      event.stopPropagation();
      if (this.sheet.hidden) this.close();
      else this.closeSheet();
    } else if (event.key === "Tab" && FULL_SCREEN.matches) {
      this.keepFocus(event);
    }
  }

  /** Over the whole screen there is nothing else to go to. */
  keepFocus(event) {
    const place = this.sheet.hidden ? this.body : this.sheet;
    const stops = [...place.querySelectorAll("button, textarea, input, a[href], [tabindex='0']")].filter(
      (one) => one.offsetParent !== null && !one.disabled,
    );
    const [from, to] = event.shiftKey ? [stops[0], stops.at(-1)] : [stops.at(-1), stops[0]];
    const { focused } = this;
    if (focused !== from && stops.includes(focused)) return;
    if (focused !== from && !event.shiftKey) return;
    event.preventDefault();
    to.focus();
  }

  send(text) {
    if (!text.trim() && this.tray.isEmpty) return;
    this.text.value = "";
    this.grow();
    this.wantsEnd = true;
    if (this.tray.isEmpty || this.tray.sending) this.courier.send(text.trim());
    else this.tray.send(text.trim());
    this.text.focus();
  }

  askForPerson() {
    this.wantsEnd = true;
    this.courier.askForPerson();
  }

  /** Give back a text that could not be sent, unless another one was begun meanwhile. */
  restore(text) {
    if (this.text.value) return;
    this.text.value = text;
    this.grow();
  }

  async showEarlier() {
    const { token } = memory.state;
    try {
      const { conversations } = token ? await api.conversations() : { conversations: [] };
      this.openSheet(say("earlier"), [earlierList(conversations, (id) => this.showConversation(id))]);
    } catch {
      this.courier.hurry();
    }
  }

  async showConversation(id) {
    await this.courier.show(id).catch(() => this.courier.hurry());
    this.closeSheet();
    this.stayAtEnd(true);
  }

  leaveWord() {
    const { thread } = this.courier;
    const kept = () => {
      thread.hasLeftWord = true;
      this.closeSheet();
      this.draw();
    };
    this.openSheet(say("reach"), [reachForm(thread.id, kept)]);
  }

  /** Lay something over the conversation, until Escape or the arrow takes it away. */
  openSheet(title, content) {
    this.before = this.focused;
    const back = element(
      "button",
      {
        type: "button",
        class: "tool",
        "aria-label": say("back"),
        title: say("back"),
        onclick: () => this.closeSheet(),
      },
      icon("back"),
    );
    const heading = element("h2", { id: "sheet-title", tabindex: "-1" }, title);
    const scroller = element(
      "div",
      { class: "scroller", tabindex: "0", role: "region", "aria-labelledby": "sheet-title" },
      content,
    );
    this.sheet.replaceChildren(element("header", {}, back, heading), scroller);
    this.sheet.hidden = false;
    this.body.inert = true;
    heading.focus();
  }

  closeSheet() {
    if (this.sheet.hidden) return;
    this.sheet.hidden = true;
    this.sheet.replaceChildren();
    this.body.inert = false;
    (this.before?.isConnected ? this.before : this.text).focus();
  }

  draw() {
    const { courier } = this;
    const { thread } = courier;
    if (this.isOpen && !document.hidden) courier.sawAll();
    this.badge.textContent = String(courier.unread);
    this.badge.hidden = courier.unread === 0;
    const label = this.isOpen ? say("close") : say("open", { name: this.shop.name[LANGUAGE] });
    const news = courier.unread ? `, ${say("unread", { count: courier.unread })}` : "";
    this.launcher.setAttribute("aria-label", label + news);
    this.drawLog(thread);
    this.drawDraft(thread);
    this.drawOffers(thread);
    this.drawSurvey(thread);
    this.drawState(thread);
    this.drawNotice();
    this.giveBack();
    this.stayAtEnd();
  }

  drawLog(thread) {
    const wanted = [["greeting", () => greetingItem(this.shop.greeting[LANGUAGE])]];
    const messages = thread?.inOrder ?? [];
    const choices = this.choices(thread);
    messages.forEach((one, number) => {
      const message = one.choices === choices ? { ...one, text: leadOf(one) } : one;
      const version = `${message.id} ${message.withheld} ${message.text.length}`;
      wanted.push([version, () => messageItem(message, messages[number - 1], this)]);
    });
    for (const entry of this.courier.waiting) {
      if (!entry.text || (entry.conversation && entry.conversation !== thread?.id)) continue;
      const isStuck = !this.courier.isReachable;
      wanted.push([`${entry.key} ${isStuck}`, () => outgoingItem(entry, isStuck)]);
    }
    this.reconcile(wanted);
  }

  /** Make the log show these items in this order; one that it shows already stays as it is, with its focus. */
  reconcile(wanted) {
    const keys = new Set(wanted.map(([key]) => key));
    for (const [key, item] of this.items) {
      if (keys.has(key)) continue;
      item.remove();
      this.items.delete(key);
    }
    wanted.forEach(([key, make], number) => {
      if (!this.items.has(key)) this.items.set(key, make());
      const item = this.items.get(key);
      if (this.log.children[number] !== item) this.log.insertBefore(item, this.log.children[number] ?? null);
    });
  }

  drawDraft(thread) {
    const isByAgent = this.courier.typing.agentIn(thread) !== null;
    this.draft.hidden = !thread?.isBeingAnswered && !isByAgent;
    this.draft.classList.toggle("agent", isByAgent);
    if (this.draft.hidden) {
      this.draft.replaceChildren();
      return;
    }
    const { draft } = thread;
    const words = draft
      ? [
          richText((draft.start > 0 ? "… " : "") + draft.text, new Set(Array(100).keys())),
          element("span", { class: "cursor" }),
        ]
      : [0, 1, 2].map(() => element("span", { class: "dot" }));
    this.draft.replaceChildren(element("div", { class: draft ? "bubble" : "bubble dots" }, words));
  }

  /** The questions of which the visitor may mean one, as long as nothing has been said since: its buttons list them. */
  choices(thread) {
    const last = thread?.inOrder.at(-1);
    const isOpen = this.courier.waiting.length === 0 && thread?.state.status === "pending";
    return isOpen && last?.choices.length ? last.choices : null;
  }

  drawOffers(thread) {
    const choices = this.choices(thread);
    const isNew = !thread?.messages.size && this.courier.waiting.length === 0;
    let [label, texts] = ["", []];
    if (isNew) [label, texts] = [say("suggestions"), this.shop.suggestions[LANGUAGE]];
    else if (choices) [label, texts] = [say("choices"), [...choices, say("none_meant")]];
    const key = texts.join("\n");
    if (this.offered === key) return;
    this.offered = key;
    const send = (text) => this.send(text);
    this.below.replaceChildren(...(texts.length ? [offers(label, texts, send, isNew)] : []));
  }

  /** Asks once; the form keeps its own state, so that the focus stays in it. */
  drawSurvey(thread) {
    const over = thread?.state.status === "resolved" && this.courier.waiting.length === 0 ? thread : null;
    if (this.surveyed === over) return;
    this.surveyed = over;
    const isAsked = over && !over.survey && memory.state.declined !== over.id;
    this.survey.replaceChildren(...(isAsked ? [surveyForm(over.id, () => this.text.focus())] : []));
  }

  /** Who has the conversation: the assistant, from which one may ask for a person, or people. */
  drawState(thread) {
    const { status, agent } = thread?.state ?? { status: "pending" };
    const isAsked = this.courier.waiting.some((entry) => entry.person);
    const isOffered = status === "pending" && !isAsked;
    this.offer(this.person, isOffered);
    this.offer(this.reach, status === "open" && !agent);
    this.reach.lastChild.textContent = say(thread?.hasLeftWord ? "reach_change" : "reach");
    let [owner, state] = ["", ""];
    if (status === "pending") owner = say(thread?.isBeingAnswered ? "writing" : "assistant_ready");
    else if (status === "resolved") state = say("resolved");
    else if (agent) owner = say(this.courier.typing.agentIn(thread) ? "agent_writing" : "with_agent", agent);
    else state = queueWords(thread.queue) + (thread.hasLeftWord ? say("next_sentence") + say("reach_kept") : "");
    if (this.owner.textContent !== owner) this.owner.textContent = owner;
    if (this.state.textContent !== state) this.state.textContent = state;
    this.state.hidden = !state;
  }

  /** What hides would take the focus with it, out of the window. */
  offer(button, isOffered) {
    if (!isOffered && button === this.focused) this.text.focus();
    button.hidden = !isOffered;
  }

  drawNotice() {
    const { courier } = this;
    const seconds = Math.ceil((courier.pausedUntil - Date.now()) / 1000);
    let words = "";
    if (!courier.isReachable || !navigator.onLine) words = say("offline");
    else if (seconds > 0) words = say("too_many", { seconds });
    else if (courier.refused !== null) words = say("refused");
    if (this.notice.textContent !== words) this.notice.textContent = words;
    this.notice.hidden = !words;
  }

  /** What the api did not take goes back to where it can be changed. */
  giveBack() {
    if (!this.courier.refused || this.text.value) return;
    this.text.value = this.courier.refused;
    this.courier.refused = "";
    this.grow();
  }

  /** Keep the end in sight for whoever reads there. */
  stayAtEnd(always = false) {
    const { scroller } = this;
    if (always || this.wantsEnd || this.wasAtEnd !== false) scroller.scrollTop = scroller.scrollHeight;
    this.wantsEnd = false;
    scroller.onscroll ??= () => {
      this.wasAtEnd = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < NEAR_END_PX;
    };
  }
}

/** Where in the queue the visitor stands, as far as the api says. */
function queueWords(queue) {
  if (!queue) return say("waiting");
  if (!queue.open) return queue.opens_at ? say("shut", { when: clockTime(queue.opens_at) }) : say("shut_open_end");
  if (!queue.position) return say("waiting");
  if (!queue.wait_seconds) return say("position", queue);
  return say("wait", { position: queue.position, minutes: Math.max(1, Math.round(queue.wait_seconds / 60)) });
}
