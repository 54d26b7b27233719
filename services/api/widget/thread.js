// A conversation as this page sees it: what has been said, what is being written, who has it.

class Thread {
  constructor(answer) {
    this.id = answer.conversation.id;
    this.messages = new Map();
    this.draft = null;
    this.lastId = "0";
    this.queue = null;
    this.survey = null;
    this.hasLeftWord = false;
    this.update(answer);
  }

  /** Take the api's word for everything, unless events have told more meanwhile. */
  update({ conversation, messages, survey, last_event_id: lastId = "0" }) {
    this.survey = survey ?? this.survey;
    for (const message of messages) this.messages.set(message.id, message);
    if (Number(lastId) < this.sequence) return;
    this.state = conversation;
    if (Number(lastId) > this.sequence) this.lastId = lastId;
  }

  /** The sequence number up to which everything is known. */
  get sequence() {
    return Number(this.lastId.split(":")[0]);
  }

  get inOrder() {
    return [...this.messages.values()].sort((one, other) => one.sequence - other.sequence);
  }

  get isBeingAnswered() {
    return this.state.awaiting_reply || this.draft !== null;
  }

  get isWithPeople() {
    return this.state.status === "open" || this.state.status === "snoozed";
  }

  unread(seen) {
    return this.inOrder.filter((message) => message.sender !== "contact" && message.sequence > seen).length;
  }

  take({ name, id, body }) {
    this.lastId = id;
    if (name === "message") this.#takeMessage(body.message);
    else if (name === "status") this.#takeStatus(body);
    else if (name === "delta") this.#takeDelta(body);
  }

  #takeMessage(message) {
    this.messages.set(message.id, message);
    if (message.sender === "contact") {
      if (this.state.status === "resolved") this.state = { ...this.state, status: "pending" };
      this.state = { ...this.state, awaiting_reply: this.state.status === "pending" };
    } else {
      this.#settle();
    }
  }

  #takeStatus({ status, agent }) {
    this.state = { ...this.state, status, agent };
    if (status !== "pending") this.#settle();
  }

  /** Pieces may come twice; a piece of another draft means that the one before came to nothing. */
  #takeDelta({ draft, offset, text }) {
    // The api counts characters, JavaScript halves of some.
    const shown = this.draft?.id === draft ? [...this.draft.text] : [];
    const start = this.draft?.id === draft ? this.draft.start : offset;
    const joins = offset >= start && offset <= start + shown.length;
    this.draft = joins
      ? { id: draft, start, text: shown.slice(0, offset - start).join("") + text }
      : { id: draft, start: offset, text };
  }

  #settle() {
    this.draft = null;
    this.state = { ...this.state, awaiting_reply: false };
  }
}
