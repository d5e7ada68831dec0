import { onReady } from "../../scripts/ready.js";

const KEPT = "pengcheng.draft.";
// A version that was kept would be an old one.
const HELD_BACK = /^(_csrf|csrf|password|code$|version$)/;

function fields(form) {
  return [...form.elements].filter(
    (one) => one.name && !HELD_BACK.test(one.name) && !["file", "submit", "button", "password"].includes(one.type),
  );
}

// A form that was sent is forgotten when its answer is here. A page that says that it was not taken
// (`data-unsent`: the session had ended, an error), or going back, leaves what was typed.
const SENT = "pengcheng.sent";
const wentBack = performance.getEntriesByType("navigation")[0]?.type === "back_forward";
try {
  const sent = sessionStorage.getItem(SENT);
  sessionStorage.removeItem(SENT);
  if (sent && !wentBack && !document.querySelector("[data-unsent]")) localStorage.removeItem(sent);
} catch {
  // A forbidden store holds no draft.
}

// What was typed survives a closed tab or an empty battery; it stays on the device, for a day, and
// goes when the form is taken. Files are not kept.
onReady("form[data-draft]", (form) => {
  const key = KEPT + form.dataset.draft;
  const read = () => {
    try {
      const kept = JSON.parse(localStorage.getItem(key));
      return kept && Date.now() - kept.at < 86400000 ? kept.values : null;
    } catch {
      return null;
    }
  };
  const drop = () => localStorage.removeItem(key);
  const keep = () => {
    const values = {};
    for (const one of fields(form)) {
      if (["checkbox", "radio"].includes(one.type)) (values[one.name] ||= []).push(...(one.checked ? [one.value] : []));
      else values[one.name] = one.value;
    }
    try {
      localStorage.setItem(key, JSON.stringify({ at: Date.now(), values }));
      sessionStorage.removeItem(SENT);
    } catch {
      // A full or forbidden store only means no draft.
    }
  };

  const kept = read();
  const empty = fields(form).every((one) => one.type === "hidden" || !one.value || one.value === one.defaultValue);
  if (kept && empty && !form.querySelector("[aria-invalid]")) {
    let changed = false;
    for (const one of fields(form)) {
      const value = kept[one.name];
      if (value === undefined) continue;
      if (["checkbox", "radio"].includes(one.type)) one.checked = value.includes(one.value);
      else if (one.value !== value) { one.value = value; changed ||= one.type !== "hidden"; }
      one.dispatchEvent(new Event("input", { bubbles: true }));
    }
    if (changed) tell(form, drop);
  }
  form.addEventListener("input", keep);
  form.addEventListener("change", keep);
  form.addEventListener("submit", () => navigator.onLine && sessionStorage.setItem(SENT, key));
  for (const done of ["kit:sent", "kit:kept"]) form.addEventListener(done, drop);
});

function tell(form, drop) {
  const told = document.createElement("div");
  told.className = "form__told";
  told.setAttribute("role", "status");
  const text = document.createElement("p");
  text.textContent = form.dataset.draftText;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button button--plain";
  button.textContent = form.dataset.draftDrop;
  button.addEventListener("click", () => {
    drop();
    form.reset();
    told.remove();
    form.querySelector("input:not([type=hidden]), textarea, select")?.focus();
  });
  told.append(text, button);
  form.prepend(told);
}

// A second tap on a slow line sends nothing twice; coming back with the back button frees the form.
onReady("form[data-once]", (form) => {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sending) return event.preventDefault();
    if (event.defaultPrevented) return undefined;
    form.dataset.sending = "1";
    const button = event.submitter;
    if (button) {
      button.setAttribute("aria-disabled", "true");
      button.setAttribute("aria-label", form.dataset.once);
    }
    return undefined;
  });
  window.addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    delete form.dataset.sending;
    for (const button of form.querySelectorAll("[aria-disabled]")) {
      button.removeAttribute("aria-disabled");
      button.removeAttribute("aria-label");
    }
  });
});
