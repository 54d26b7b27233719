// Files both ways: those that the visitor is about to send lie on a tray above the text, those that were sent stand
// under their message. They are never kept for later: a file stays on the page until it has arrived.

const FILE_MS = 300000;
const MEGABYTE = 1024 * 1024;
const FILE_REFUSALS = new Set([
  ...["attachment_type", "attachment_too_large", "attachments_full", "picture_broken", "picture_too_large"],
  ...["file_empty", "file_broken", "file_encrypted", "file_too_large"],
]);

/** Send a form; `onProgress` is told the share that has gone out. fetch would not say. */
function upload(path, form, headers, onProgress, signal) {
  return new Promise((resolve, reject) => {
    if (signal.aborted) throw new Unreachable("abort");
    const sending = new XMLHttpRequest();
    sending.open("POST", API + path);
    const { token } = memory.state;
    for (const [name, value] of Object.entries({ Authorization: `Bearer ${token}`, ...headers })) {
      sending.setRequestHeader(name, value);
    }
    sending.timeout = FILE_MS;
    sending.upload.onprogress = ({ loaded, total }) => onProgress(loaded / total);
    sending.onload = () => {
      const answer = parsed(sending.responseText);
      const { status } = sending;
      if (status < 300 && answer) return resolve(answer);
      const retryAfter = Number(sending.getResponseHeader("Retry-After")) || 0;
      reject(new Refusal(status, answer?.error?.code ?? "", answer?.error?.message ?? "", retryAfter));
    };
    for (const event of ["error", "timeout", "abort"]) {
      sending.addEventListener(event, () => reject(new Unreachable(event)));
    }
    signal.addEventListener("abort", () => sending.abort());
    sending.send(form);
  });
}

/** What the visitor has chosen to send, until the api has it. */
class Tray {
  constructor(panel) {
    this.panel = panel;
    this.limits = panel.shop.files;
    this.files = [];
    this.sending = null; // stops what is under way
    this.attempt = null; // the last one: the same again has the same key
    this.input = element("input", {
      type: "file",
      multiple: true,
      hidden: true,
      accept: this.limits.accepted.join(),
      onchange: () => this.takeChosen(),
    });
    this.button = element(
      "button",
      {
        type: "button",
        class: "attach",
        "aria-label": say("attach"),
        title: say("attach"),
        onclick: () => this.input.click(),
      },
      icon("clip"),
      this.input,
    );
    this.chips = element("ul", { class: "chips", "aria-label": say("chosen_files") });
    this.status = element("p", { class: "tray-status", role: "status" });
    this.root = element("div", { class: "tray", hidden: true }, this.chips, this.status);
  }

  get isEmpty() {
    return this.files.length === 0;
  }

  /** Let files be dropped on a part of the page, and pictures be pasted into the text. */
  listen(place, text) {
    const holdsFiles = (event) => event.dataTransfer?.types.includes("Files");
    place.addEventListener("dragover", (event) => {
      if (!holdsFiles(event)) return;
      event.preventDefault();
      place.classList.add("receiving");
    });
    for (const end of ["dragleave", "drop"]) place.addEventListener(end, () => place.classList.remove("receiving"));
    place.addEventListener("drop", (event) => {
      if (!holdsFiles(event)) return;
      event.preventDefault();
      this.add(event.dataTransfer.files);
    });
    text.addEventListener("paste", (event) => {
      const { files } = event.clipboardData;
      if (files.length === 0) return;
      event.preventDefault();
      this.add(files);
    });
  }

  takeChosen() {
    const chosen = [...this.input.files];
    this.input.value = ""; // so that the same file can be chosen again
    this.add(chosen);
  }

  /** Take what may be sent, and say why the rest may not. */
  add(files) {
    if (this.sending) return;
    let refused = "";
    for (const file of files) {
      if (this.files.length === this.limits.most) refused = say("attachments_count", this.limits);
      else if (file.size > this.limits.megabytes * MEGABYTE) refused = say("attachment_too_large", this.limits);
      else if (!this.isAccepted(file)) refused = say("attachment_type");
      else this.files = [...this.files, file];
    }
    this.draw(refused);
    this.panel.text.focus();
  }

  /** By its name, as far as it has one; what is in it the api looks at. */
  isAccepted({ name, type }) {
    const isPicture = /^image\/(png|jpeg|webp|gif)$/.test(type);
    return isPicture || this.limits.accepted.some((ending) => name.toLowerCase().endsWith(ending));
  }

  drop(file) {
    this.files = this.files.filter((one) => one !== file);
    this.draw("");
    this.panel.text.focus();
  }

  /** Send what lies here with a text; the text comes back when that fails. */
  async send(text) {
    if (this.sending) return;
    if (!navigator.onLine || !this.panel.courier.isReachable) {
      this.draw(say("files_offline"));
      this.panel.restore(text);
      return;
    }
    const { files, attempt } = this;
    const isSame = attempt?.text === text && attempt.files === files;
    this.attempt = isSame ? attempt : { text, files, key: freshKey() };
    this.sending = new AbortController();
    this.draw(say("files_sending", { percent: 0 }));
    const onProgress = (share) => {
      this.root.style.setProperty("--share", share);
      this.tell(say("files_sending", { percent: Math.round(share * 100) }));
    };
    let problem = "";
    try {
      await this.panel.courier.sendFiles(this.attempt, onProgress, this.sending.signal);
      this.files = [];
      this.attempt = null;
    } catch (failure) {
      problem = this.explain(failure);
      this.panel.restore(text);
    } finally {
      this.sending = null;
      this.draw(problem);
    }
  }

  explain(failure) {
    if (!(failure instanceof Refusal)) return say("files_failed");
    if (FILE_REFUSALS.has(failure.code)) return say(failure.code, this.limits);
    if (failure.status === 429) return say("too_fast", { minutes: Math.max(1, Math.ceil(failure.retryAfter / 60)) });
    return say("files_failed");
  }

  tell(words) {
    if (this.status.textContent !== words) this.status.textContent = words;
    this.status.hidden = !words;
  }

  draw(words) {
    this.root.hidden = this.isEmpty && !words;
    this.root.classList.toggle("sending", this.sending !== null);
    this.root.style.setProperty("--share", 0);
    this.button.disabled = this.sending !== null;
    const chips = this.files.map((file) => chip(file, () => (this.sending ? this.sending.abort() : this.drop(file))));
    this.chips.replaceChildren(...chips);
    this.tell(words);
  }
}

function chip(file, onRemoved) {
  const remove = element(
    "button",
    { type: "button", "aria-label": say("remove_file", file), title: say("remove_file", file), onclick: onRemoved },
    icon("close"),
  );
  const words = element("span", { class: "file-words" }, element("b", {}, file.name), element("small", {}, fileSize(file)));
  return element("li", {}, smallPicture(file) ?? icon("file"), words, remove);
}

/** A picture that was chosen, drawn small; null for any other file. */
function smallPicture(file) {
  if (!file.type.startsWith("image/")) return null;
  const canvas = element("canvas", { width: 1, height: 1, "aria-hidden": "true" });
  createImageBitmap(file)
    .then((bitmap) => drawOn(canvas, bitmap))
    .catch(() => canvas.replaceWith(icon("file")));
  return canvas;
}

function fileSize({ size }) {
  if (size < MEGABYTE) return `${Math.max(1, Math.round(size / 1024))} kB`;
  return `${(size / MEGABYTE).toFixed(1)} MB`;
}

/** The files of a message: pictures to look at, all others to save. */
function attachmentRow(message, panel) {
  if (message.attachments.length === 0) return null;
  const items = message.attachments.map((one) => (one.width ? sentPicture(one, panel) : sentFile(one, panel)));
  return element("div", { class: "attachments" }, items);
}

function sentPicture(attachment, panel) {
  const title = attachment.name;
  const load = () => api.file(panel.courier.thread.id, attachment.id);
  const open = () => {
    const figure = element("figure", {}, blobPicture(load(), title, panel, () => figure.remove()));
    panel.openSheet(title, [figure, sentFile(attachment, panel)]);
  };
  const label = say("enlarge", { title });
  const button = element("button", { type: "button", class: "sent-picture", "aria-label": label, onclick: open });
  // Its place is kept, so that nothing jumps when it comes.
  button.style.setProperty("aspect-ratio", `${attachment.width} / ${attachment.height}`);
  button.append(blobPicture(load(), title, panel, () => button.replaceWith(sentFile(attachment, panel))));
  return button;
}

function sentFile(attachment, panel) {
  const words = [element("b", {}, attachment.name), element("small", {}, fileSize(attachment))];
  const save = () =>
    saveFile(panel.courier.thread.id, attachment).catch(() => {
      button.querySelector("small").textContent = say("files_not_saved");
    });
  const button = element(
    "button",
    { type: "button", class: "sent-file", "aria-label": say("save_file", attachment), onclick: save },
    icon("file"),
    element("span", { class: "file-words" }, words),
  );
  return button;
}

/** Have the browser save it: the token goes in a header, which no plain link could send. */
async function saveFile(conversationId, attachment) {
  const content = await api.file(conversationId, attachment.id);
  // Without its type, so that no browser opens it in the site's own name.
  const address = URL.createObjectURL(new Blob([content], { type: "application/octet-stream" }));
  element("a", { href: address, download: attachment.name }).click();
  setTimeout(() => URL.revokeObjectURL(address), FILE_MS);
}
