// Leaving word: how a visitor who waits for a person can be reached once they are gone.

const WORD = [
  { name: "email", type: "email", longest: 254, autocomplete: "email" },
  { name: "phone", type: "tel", longest: 40, autocomplete: "tel" },
  { name: "name", type: "text", longest: 80, autocomplete: "name" },
  { name: "wish", type: "text", longest: 1000, autocomplete: "off" },
];
/** The field to which a refusal of the api belongs. */
const AT_FAULT = { email_invalid: "email", phone_invalid: "phone", callback_unreachable: "email" };

/** `done` is called when the api has it. */
function reachForm(conversationId, done) {
  const problem = element("p", { class: "problem", id: "reach-problem", role: "alert" });
  const fields = WORD.map(({ name, type, longest, autocomplete }) =>
    element("input", { id: `reach-${name}`, name, type, autocomplete, maxlength: longest }),
  );
  const lines = WORD.map(({ name }, number) => [
    element("label", { for: `reach-${name}` }, say(`reach_${name}`)),
    fields[number],
  ]);
  const button = element("button", { type: "submit", class: "do" }, say("why_send"));
  const form = element(
    "form",
    { class: "reach", novalidate: true, onsubmit: (event) => (event.preventDefault(), send()) },
    element("p", { class: "place" }, say("reach_lead")),
    lines.flat(),
    problem,
    button,
  );

  async function send() {
    show("", null);
    button.disabled = true;
    try {
      await api.leaveWord(conversationId, Object.fromEntries(new FormData(form)));
      done();
    } catch (failure) {
      const faulty = failure instanceof Refusal ? AT_FAULT[failure.code] : undefined;
      show(say(faulty ? failure.code : "reach_failed"), faulty);
    } finally {
      button.disabled = false;
    }
  }

  function show(words, faulty) {
    problem.textContent = words;
    for (const field of fields) {
      const isFaulty = field.name === faulty;
      field.setAttribute("aria-invalid", String(isFaulty));
      if (isFaulty) field.setAttribute("aria-describedby", problem.id);
      else field.removeAttribute("aria-describedby");
      if (isFaulty) field.focus();
    }
  }

  return form;
}
