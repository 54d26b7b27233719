// Who is writing: the visitor, which the agent is told now and then, and the agent, as long as their sign holds.

const TELL_MS = 3000;

class Typing {
  constructor(changed) {
    this.changed = changed;
    this.toldAt = 0;
    this.agent = null;
  }

  /** The visitor has typed; whoever does not hear of it misses nothing. */
  tell(thread) {
    if (!thread?.isWithPeople || Date.now() - this.toldAt < TELL_MS) return;
    this.toldAt = Date.now();
    api.write(thread.id).catch(() => {});
  }

  /** Take in what happens in a conversation. */
  hear(thread, { name, body }) {
    if (name === "typing") {
      const milliseconds = body.seconds * 1000;
      this.agent = { thread, name: body.agent.name, until: Date.now() + milliseconds };
      setTimeout(this.changed, milliseconds + 50);
    } else if (name === "status" || body.message?.sender === "agent") {
      this.agent = null;
    }
  }

  /** The name of the agent who is writing there now. */
  agentIn(thread) {
    const { agent } = this;
    return agent && agent.thread === thread && agent.until > Date.now() ? agent.name : null;
  }
}
