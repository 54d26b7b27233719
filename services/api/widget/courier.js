// Carries what the visitor does to the api and what happens there to the page, however often the line breaks.

const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 15000;
const QUEUE_MS = 15000;
const GLANCE_MS = 500;

class Courier {
  /** `changed` is called after every change of what there is to see. */
  constructor(changed) {
    this.changed = changed;
    this.thread = null;
    this.typing = new Typing(changed);
    this.isReachable = true;
    this.failures = 0; // in a row
    this.pausedUntil = 0;
    this.refused = null; // a text that the api does not take
    this.isShown = false;
    this.following = null;
    this.delivery = null;
    addEventListener("online", () => this.#comeBack());
    addEventListener("offline", () => this.#reach(false));
    addEventListener("storage", ({ key }) => memory.isOurs(key) && this.#followOtherTab());
    document.addEventListener("visibilitychange", () => this.look());
  }

  get waiting() {
    return memory.waiting();
  }

  get unread() {
    return this.thread?.unread(memory.state.seen ?? 0) ?? 0;
  }

  /** Take up where this browser left off, as the user of the site if there is one. */
  async resume(user) {
    await this.#untilReached(() => this.#recognise(user));
    const { conversation, token } = memory.state;
    if (token && conversation) await this.#untilReached(() => this.#load(conversation));
    this.look();
    this.deliver();
  }

  /** Another user of the site sits here now, or (null) nobody whom it knows. */
  async identify(user) {
    await this.#untilReached(() => this.#recognise(user));
    const { conversation = null } = memory.state;
    if (conversation !== (this.thread?.id ?? null)) this.#leave();
    if (conversation) await this.#untilReached(() => this.#load(conversation));
  }

  rate(messageId, value, reason) {
    return api.rate(this.thread.id, messageId, value, reason);
  }

  send(text) {
    this.#put({ text });
  }

  /** Send files, with a text or without, as one message. Unlike a text they wait for nothing: it works now or fails. */
  async sendFiles({ text, files, key }, onProgress, signal) {
    await this.deliver(); // what was said before comes before
    const id = await this.#alone(() => memory.state.conversation ?? this.#open());
    const form = new FormData();
    form.append("text", text);
    for (const file of files) form.append("files", file);
    try {
      const { message } = await api.sendFiles(id, form, key, onProgress, signal);
      if (this.thread?.id === id) this.thread.messages.set(message.id, message);
      this.changed();
      await this.#load(id).catch(() => this.hurry()); // events tell the rest
    } catch (failure) {
      if (failure instanceof Refusal && failure.isLost) this.#forgetLost(failure);
      throw failure;
    }
  }

  askForPerson() {
    this.#put({ person: true });
  }

  /** Close the conversation here, so that the next message opens a new one. */
  startAnew() {
    memory.keep({ conversation: null, seen: 0 });
    this.#leave();
  }

  async show(conversationId) {
    const answer = await api.conversation(conversationId);
    memory.keep({ conversation: conversationId });
    this.#leave();
    this.#take(answer);
  }

  /** Everything up to here has been on screen. */
  sawAll() {
    const seen = Math.max(0, ...(this.thread?.inOrder ?? []).map((message) => message.sequence));
    if (seen !== memory.state.seen) memory.keep({ seen });
  }

  /** Follow the conversation if somebody looks at it or something is about to happen in it; else hang up. */
  look() {
    const { thread } = this;
    const isAwaited = thread && (thread.isBeingAnswered || thread.isWithPeople);
    const isWanted = thread && (isAwaited || (this.isShown && !document.hidden));
    if (this.following && (!isWanted || this.following.thread !== thread)) {
      this.following.stop.abort();
      this.following = null;
    }
    if (isWanted && !this.following) {
      this.following = { thread, stop: new AbortController() };
      this.#follow(thread, this.following.stop.signal);
      this.#watchQueue(thread, this.following.stop.signal);
    }
  }

  /** Try again at once whatever waits for its next try. */
  hurry() {
    this.wake?.();
    this.deliver();
  }

  /** The browser is online again; a line from before may be dead without knowing it. */
  #comeBack() {
    this.following?.stop.abort();
    this.following = null;
    this.look();
    if (!this.following && this.waiting.length === 0) this.#reach(true);
    this.hurry();
  }

  /** Send what waits, one after the other; only one tab at a time does. */
  deliver() {
    this.delivery ??= this.#alone(() => this.#deliverAll()).finally(() => {
      this.delivery = null;
    });
    return this.delivery;
  }

  #put(entry) {
    memory.put({ ...entry, key: freshKey(), at: Date.now(), conversation: memory.state.conversation ?? null });
    this.changed();
    this.deliver();
  }

  #alone(work) {
    return navigator.locks ? navigator.locks.request(`${ROOT} sending`, work) : work();
  }

  async #deliverAll() {
    for (let entry; (entry = this.waiting[0]);) {
      try {
        await this.#tell(entry);
        memory.drop(entry);
        this.#reach(true);
      } catch (failure) {
        if (await this.#settleRefusal(failure, entry)) continue;
        await this.#pause(failure);
      }
    }
    this.changed();
    this.look();
  }

  async #tell(entry) {
    const id = entry.conversation ?? memory.state.conversation ?? (await this.#open());
    if (entry.person) {
      await api.askForPerson(id);
    } else {
      const { message } = await api.say(id, entry.text, entry.key);
      if (this.thread?.id === id) this.thread.messages.set(message.id, message);
      memory.drop(entry);
      this.changed();
    }
    // Whether the assistant owes a reply now, and whether this woke a closed conversation, the api knows.
    await this.#load(id);
  }

  async #open() {
    const answer = await api.start();
    memory.keep({ token: answer.token, conversation: answer.conversation.id, seen: 0 });
    this.#take(answer);
    return answer.conversation.id;
  }

  /** Whether a failure is dealt with, so that the next try may come at once. */
  async #settleRefusal(failure, entry) {
    if (!(failure instanceof Refusal) || failure.isPassing) return false;
    if (failure.isLost) {
      // What we held is gone; what is still to be said opens a new conversation.
      this.#forgetLost(failure);
      if (memory.waiting().some((one) => one.key === entry.key)) memory.put({ ...entry, conversation: null });
    } else {
      memory.drop(entry);
      this.refused = entry.text ?? null;
    }
    this.changed();
    return true;
  }

  #forgetLost(failure) {
    memory.keep({ conversation: null, seen: 0, ...(failure.status === 401 ? { token: null, user: null } : {}) });
    this.#leave();
  }

  async #recognise(user) {
    const known = memory.state.user ?? null;
    if (known !== null && known !== (user?.id ?? null)) memory.forget(); // somebody else sits here now
    if (!user || known === user.id) return;
    try {
      const { token } = await api.identify(user.id, user.hash);
      const { conversations } = await (memory.keep({ token, user: user.id }), api.conversations());
      const latest = conversations.find((one) => one.first_words && one.status !== "resolved");
      if (!memory.state.conversation && latest) memory.keep({ conversation: latest.id, seen: 0 });
    } catch (failure) {
      if (!(failure instanceof Refusal) || failure.isPassing) throw failure;
      console.error(`Frontdesk: the user was not recognised (${failure.code}): ${failure.message}`);
    }
  }

  async #load(id) {
    try {
      this.#take(await api.conversation(id));
    } catch (failure) {
      if (!(failure instanceof Refusal) || !failure.isLost) throw failure;
      this.#forgetLost(failure);
    }
  }

  #take(answer) {
    if (this.thread?.id === answer.conversation.id) this.thread.update(answer);
    else if (memory.state.conversation === answer.conversation.id) this.thread = new Thread(answer);
    this.changed();
    this.look();
  }

  #leave() {
    this.thread = null;
    this.look();
    this.changed();
  }

  async #follow(thread, signal) {
    for (let pause = FIRST_PAUSE_MS; !signal.aborted; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
      try {
        await followEvents(thread.id, thread.lastId, signal, (event) => {
          pause = FIRST_PAUSE_MS;
          this.#reach(true);
          if (!event || signal.aborted) return;
          thread.take(event);
          this.typing.hear(thread, event);
          this.changed();
          this.look();
        });
      } catch (failure) {
        if (signal.aborted) return;
        if (failure instanceof Refusal && failure.isLost) {
          this.#forgetLost(failure);
          return;
        }
      }
      if (signal.aborted) return;
      // A line that ends by itself is one that broke: the api never hangs up first, unless it stops.
      this.#reach(false);
      await this.#sleep(pause);
    }
  }

  async #watchQueue(thread, signal) {
    while (!signal.aborted) {
      const isInLine = thread.state.status === "open" && !thread.state.agent;
      if (isInLine) {
        try {
          thread.queue = await api.queue(thread.id);
          thread.hasLeftWord = thread.queue.has_left_word;
          this.changed();
        } catch (failure) {
          if (failure instanceof Refusal && !failure.isPassing) return; // this api does not say
        }
      } else {
        thread.queue = null;
      }
      await new Promise((wake) => setTimeout(wake, isInLine ? QUEUE_MS : GLANCE_MS));
    }
  }

  /** Do something that has to succeed, with growing pauses between the tries. */
  async #untilReached(work) {
    for (;;) {
      try {
        await work();
        this.#reach(true);
        return;
      } catch (failure) {
        if (failure instanceof Refusal && !failure.isPassing) throw failure;
        await this.#pause(failure);
      }
    }
  }

  async #pause(failure) {
    const isBusy = failure instanceof Refusal;
    const growing = Math.min(FIRST_PAUSE_MS * 2 ** this.failures++, LONGEST_PAUSE_MS);
    const pause = Math.max(failure.retryAfter * 1000 || 0, growing);
    this.pausedUntil = isBusy && failure.status === 429 ? Date.now() + pause : 0;
    if (!isBusy) this.isReachable = false;
    this.changed();
    await this.#sleep(pause);
    this.pausedUntil = 0;
  }

  /** Waits so long, or until the browser is online again. */
  #sleep(milliseconds) {
    return new Promise((resolve) => {
      const before = this.wake;
      this.wake = () => {
        before?.();
        resolve();
      };
      setTimeout(resolve, milliseconds * (0.8 + 0.4 * Math.random()));
    });
  }

  #reach(isReachable) {
    if (isReachable) this.failures = 0;
    if (this.isReachable === isReachable) return;
    this.isReachable = isReachable;
    this.changed();
  }

  /** Another tab has opened or left a conversation, or sent what waited. */
  #followOtherTab() {
    const { conversation = null } = memory.state;
    if (conversation && conversation !== this.thread?.id) this.#load(conversation).catch(() => this.hurry());
    else if (!conversation && this.thread) this.#leave();
    this.changed();
  }
}
