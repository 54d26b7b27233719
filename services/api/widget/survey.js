// How it went, asked once a conversation is closed: one to five stars, and a line for whoever wants to say more.

const STARS = [1, 2, 3, 4, 5];
const LONGEST_WORDS = 1000;

/** `done` is called when it was sent or declined, and the form is about to go with the focus that it has. */
function surveyForm(conversationId, done) {
  const outcome = element("p", { class: "outcome", role: "status" });
  const words = element("input", {
    type: "text",
    maxlength: LONGEST_WORDS,
    "aria-label": say("survey_more"),
    placeholder: say("survey_more"),
  });
  const send = element("button", { type: "submit" }, say("why_send"));
  const more = element("div", { class: "line", hidden: true }, words, send);
  const stars = STARS.map((score) =>
    element(
      "label",
      { class: "star", title: say("survey_score", { score }) },
      element("input", { type: "radio", name: "score", value: score, onchange: () => unfold() }),
      icon("star"),
      element("span", { class: "unseen" }, say("survey_score", { score })),
    ),
  );
  const skip = element("button", { type: "button", class: "quiet", onclick: () => decline() }, say("survey_skip"));
  const form = element(
    "form",
    { class: "survey", onsubmit: (event) => (event.preventDefault(), give()) },
    element("fieldset", {}, element("legend", {}, say("survey")), element("div", { class: "stars" }, stars)),
    more,
    outcome,
    skip,
  );

  function unfold() {
    more.hidden = false;
    form.scrollIntoView({ block: "nearest" });
  }

  async function give() {
    const { score } = Object.fromEntries(new FormData(form));
    if (!score) return;
    try {
      await api.giveSurvey(conversationId, Number(score), words.value.trim() || null);
      end(say("thanks"));
    } catch (failure) {
      const isTooLate = failure instanceof Refusal && !failure.isPassing;
      outcome.textContent = say(isTooLate ? "survey_late" : "not_rated");
    }
  }

  function decline() {
    memory.keep({ declined: conversationId });
    end("");
  }

  function end(lastWords) {
    done();
    outcome.textContent = lastWords;
    form.replaceChildren(outcome);
  }

  return form;
}
