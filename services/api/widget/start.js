// Draws the widget once the api has said how, and gives the page a few words to speak to it.

const LATER_MS = 30000;

async function start(user) {
  let shop;
  try {
    shop = await api.widget();
  } catch (failure) {
    if (failure instanceof Refusal && !failure.isPassing) {
      const hint = failure.code === "origin_not_allowed" ? " Add it at the desk, on the page Website." : "";
      console.error(`Frontdesk: no chat on ${location.origin}: ${failure.message}${hint}`);
      return null;
    }
    await new Promise((wake) => {
      addEventListener("online", wake, { once: true });
      setTimeout(wake, LATER_MS);
    });
    return start(user);
  }
  const host = element("div", { "data-frontdesk": "" });
  const shadow = host.attachShadow({ mode: "open" });
  shadow.adoptedStyleSheets = [sheetOf(STYLE), sheetOf(themeOf(shop.colour))];
  const panel = new Panel(shop, user);
  shadow.append(panel.root);
  document.body.append(host);
  panel.fit();
  return panel;
}

/** Made by a script and not written into the page, so that no `style-src` has to allow it. */
function sheetOf(text) {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(text);
  return sheet;
}

function themeOf(colour) {
  return `:host { --accent: ${colour}; --on-accent: ${inkOn(colour)}; --accent-words: ${readable(colour)}; }`;
}

function userOf({ userId, userHash }) {
  return userId && userHash ? { id: userId, hash: userHash } : null;
}

if (!window.Frontdesk) {
  const isReady = new Promise((resolve) => {
    if (document.body) resolve();
    else addEventListener("DOMContentLoaded", resolve);
  });
  const panel = isReady.then(() => start(userOf(SCRIPT.dataset)));
  window.Frontdesk = Object.freeze({
    open: () => panel.then((one) => one?.open()),
    close: () => panel.then((one) => one?.close()),
    /** For a page whose user signs in (`identify(id, hash)`) or out (`identify(null)`) without being loaded anew. */
    identify: (userId, userHash) => panel.then((one) => one?.courier.identify(userOf({ userId, userHash }))),
  });
}
