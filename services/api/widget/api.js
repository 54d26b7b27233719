// Requests to the api: an answer, a Refusal (it said no) or an Unreachable (it said nothing).

const ANSWER_MS = 15000;

class Refusal extends Error {
  constructor(status, code, message, retryAfter) {
    super(message);
    Object.assign(this, { status, code, retryAfter });
  }

  /** Whether what we hold, a token or a conversation, is no longer there for us. */
  get isLost() {
    return this.status === 401 || this.code === "conversation_not_found";
  }

  /** Whether asking again later is right. */
  get isPassing() {
    return this.status === 429 || this.status >= 500;
  }
}

class Unreachable extends Error {}

async function request(method, path, { body, headers = {}, signal = AbortSignal.timeout(ANSWER_MS) } = {}) {
  const { token } = memory.state;
  const sent = {
    ...(token ? { Authorization: `Bearer ${token}` } : {}),
    ...(body === undefined ? {} : { "Content-Type": "application/json" }),
    ...headers,
  };
  let response;
  try {
    response = await fetch(API + path, {
      method,
      headers: sent,
      body: body === undefined ? undefined : JSON.stringify(body),
      credentials: "omit",
      signal,
    });
  } catch (failure) {
    throw new Unreachable(String(failure));
  }
  if (!response.ok) throw await refusal(response);
  return response;
}

async function refusal(response) {
  const { error } = parsed(await response.text().catch(() => "")) ?? {};
  const retryAfter = Number(response.headers.get("Retry-After")) || 0;
  return new Refusal(response.status, error?.code ?? "", error?.message ?? "", retryAfter);
}

/** The JSON of an answer. */
async function call(method, path, body, headers) {
  const response = await request(method, path, { body, headers });
  try {
    return await response.json();
  } catch (failure) {
    throw new Unreachable(String(failure));
  }
}

const api = {
  widget: () => call("GET", "/v1/widget"),
  identify: (userId, userHash) => call("POST", "/v1/widget/identity", { user_id: userId, user_hash: userHash }),
  conversations: () => call("GET", "/v1/conversations"),
  start: () => call("POST", "/v1/conversations", { language: LANGUAGE }),
  conversation: (id) => call("GET", `/v1/conversations/${id}`),
  say: (id, text, key) => call("POST", `/v1/conversations/${id}/messages`, { text }, { "Idempotency-Key": key }),
  askForPerson: (id) => call("POST", `/v1/conversations/${id}/handoff`),
  queue: (id) => call("GET", `/v1/conversations/${id}/queue`),
  write: (id) => request("POST", `/v1/conversations/${id}/typing`),
  leaveWord: (id, word) => request("PUT", `/v1/conversations/${id}/callback`, { body: word }),
  giveSurvey: (id, score, words) => call("PUT", `/v1/conversations/${id}/survey`, { score, words }),
  rate: (id, messageId, value, reason) =>
    call("PUT", `/v1/conversations/${id}/messages/${messageId}/rating`, { value, reason }),
  sendFiles: (id, form, key, onProgress, signal) =>
    upload(`/v1/conversations/${id}/files`, form, { "Idempotency-Key": key }, onProgress, signal),
  file: async (id, fileId) => {
    const signal = AbortSignal.timeout(FILE_MS);
    return (await request("GET", `/v1/conversations/${id}/files/${fileId}`, { signal })).blob();
  },
  picture: async (id, pictureId) => (await request("GET", `/v1/conversations/${id}/pictures/${pictureId}`)).blob(),
};
