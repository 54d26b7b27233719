// Server-sent events over fetch: unlike EventSource it can send the token in a header, where no log keeps it.

// The api sends a comment every 15 s; two missed ones mean that the line is dead.
const SILENCE_MS = 40000;

/** Follow a conversation from the event after `lastId` until the line ends, `signal` aborts or the api refuses. */
async function followEvents(conversationId, lastId, signal, onEvent) {
  const line = new AbortController();
  const hangUp = () => line.abort();
  signal.addEventListener("abort", hangUp);
  let silence = setTimeout(hangUp, SILENCE_MS);
  try {
    const headers = { Accept: "text/event-stream", "Last-Event-ID": lastId };
    const path = `/v1/conversations/${conversationId}/events`;
    const response = await request("GET", path, { headers, signal: line.signal });
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      clearTimeout(silence);
      silence = setTimeout(hangUp, SILENCE_MS);
      const blocks = (rest + value).split("\n\n");
      rest = blocks.pop();
      for (const block of blocks) readEvent(block, onEvent);
    }
  } finally {
    clearTimeout(silence);
    signal.removeEventListener("abort", hangUp);
    line.abort();
  }
}

function readEvent(block, onEvent) {
  const fields = {};
  for (const line of block.split("\n")) {
    const colon = line.indexOf(": ");
    if (colon > 0) fields[line.slice(0, colon)] = line.slice(colon + 2);
  }
  // Comments and the pause before the next try have none.
  onEvent(fields.data ? { name: fields.event, id: fields.id, body: JSON.parse(fields.data) } : null);
}
