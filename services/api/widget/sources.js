// The sources of a reply: their names below it, their words and pictures on a sheet over the conversation.

const MOST_PICTURES = 4;

function sourceRow(message, panel) {
  const buttons = message.citations.map((citation) => {
    const name = citation.available ? citation.title : say("gone");
    const open = () => panel.openSheet(say("source"), [sourceCard(citation, panel)]);
    return element(
      "button",
      {
        type: "button",
        class: "source",
        "aria-label": `${say("source")} ${citation.number}: ${name}`,
        onclick: open,
      },
      `${citation.number} · ${name}`,
    );
  });
  return element("div", { class: "sources", role: "group", "aria-label": say("sources") }, buttons);
}

function sourceCard(citation, panel) {
  if (!citation.available) return element("p", {}, say("gone_lead"));
  const place = sourcePlace(citation);
  return element(
    "article",
    { class: "card" },
    element("h3", {}, citation.title),
    place && element("p", { class: "place" }, place),
    element("p", { class: "passage" }, citation.text),
    picturesOf([citation]).map(({ id, title }) => pictureFigure(id, title, panel)),
    webLink(citation.url, say("web_page")),
  );
}

/** Page, heading, sheet and row of a document, or that it is one of our questions and answers. */
function sourcePlace({ entry_id: entryId, location }) {
  const parts = [
    entryId && say("from_entry"),
    location.page && say("page", { page: location.page }),
    location.heading,
    location.sheet && say("sheet", { sheet: location.sheet }),
    location.row && say("row", { row: location.row }),
  ];
  return parts.filter(Boolean).join(" · ");
}

function picturesOf(citations) {
  const titles = new Map();
  for (const { location, title } of citations) for (const id of location.pictures ?? []) titles.set(id, title);
  return [...titles].map(([id, title]) => ({ id, title }));
}

/** The first pictures beside a reply, each of which a click makes large. */
function pictureRow(message, panel) {
  const pictures = picturesOf(message.citations).slice(0, MOST_PICTURES);
  if (pictures.length === 0) return null;
  const buttons = pictures.map(({ id, title }) => {
    const open = () => panel.openSheet(title, [pictureFigure(id, title, panel)]);
    const button = element("button", {
      type: "button",
      class: "thumbnail",
      "aria-label": say("enlarge", { title }),
      onclick: open,
    });
    button.append(picture(id, title, panel, () => button.remove()));
    return button;
  });
  return element("div", { class: "pictures" }, buttons);
}

function pictureFigure(id, title, panel) {
  const figure = element("figure", {});
  figure.append(picture(id, title, panel, () => figure.remove()));
  return figure;
}

/**
 * A picture, drawn on a canvas: it comes by fetch, with the token in a header, and the page needs no `img-src` for
 * it. `onMissing` is called when it can not be had.
 */
function picture(id, title, panel, onMissing) {
  const words = say("picture", { title });
  return blobPicture(api.picture(panel.courier.thread.id, id), words, panel, onMissing);
}

function blobPicture(coming, words, panel, onMissing) {
  const canvas = element("canvas", { role: "img", "aria-label": words, width: 1, height: 1 });
  coming
    .then(createImageBitmap)
    .then((bitmap) => {
      drawOn(canvas, bitmap);
      panel.stayAtEnd();
    })
    .catch(onMissing);
  return canvas;
}

function drawOn(canvas, bitmap) {
  canvas.width = bitmap.width;
  canvas.height = bitmap.height;
  canvas.getContext("2d").drawImage(bitmap, 0, 0);
  bitmap.close();
}

/** The visitor's conversations, each by what they said first. */
function earlierList(conversations, onChosen) {
  const said = conversations.filter((one) => one.first_words);
  if (said.length === 0) return element("p", {}, say("no_earlier"));
  const items = said.map((one) =>
    element(
      "li",
      {},
      element(
        "button",
        { type: "button", onclick: () => onChosen(one.id) },
        element("span", {}, one.first_words),
        element("time", { datetime: one.updated_at }, clockTime(one.updated_at)),
      ),
    ),
  );
  return element("ul", { class: "earlier" }, items);
}
