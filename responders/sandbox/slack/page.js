// Keeps the page as the workspace is, and tells it what the person does. Markup comes from the server, escaped there.
"use strict";
const place = document.body.dataset;
const at = (id) => document.getElementById(id);
const [list, modal, ask, told, aside] = ["list", "modal", "ask", "told", "thread"].map(at);
let shownModal = "", busy = false;

const say = (text) => {
  told.textContent = text || "";
  told.hidden = !text;
  if (text) setTimeout(() => { if (told.textContent === text) told.hidden = true; }, 6000);
};

async function act(what) {
  const body = JSON.stringify({as: place.as, at: place.room, ...what});
  let said;
  try {
    const answer = await fetch("/_page/act", {method: "POST", headers: {"Content-Type": "application/json"}, body});
    said = await answer.json();
  } catch {
    said = {note: "The sandbox is gone."};
  }
  say(said.note);
  await look();
  return said;
}

// --- drawing -------------------------------------------------------------------------------------------------------

function fill(box, parts) {
  const isAtEnd = box.scrollHeight - box.scrollTop - box.clientHeight < 80;
  const known = new Map([...box.children].map((one) => [one.dataset.key, one]));
  const made = parts.map(([key, html]) => {
    const old = known.get(key);
    if (old && old.html === html) return old;
    const template = document.createElement("template");
    template.innerHTML = html;
    const one = template.content.firstElementChild;
    one.dataset.key = key;
    one.html = html;
    return one;
  });
  if (made.length !== box.children.length || made.some((one, i) => box.children[i] !== one)) box.replaceChildren(...made);
  if (isAtEnd && place.room !== "home") box.scrollTop = box.scrollHeight;
}

function fillModal([key, html]) {
  if (key === shownModal) return;
  const kept = key.split(" ")[0] === shownModal.split(" ")[0] ? state(modal) : {};
  shownModal = key;
  modal.innerHTML = html;
  for (const field of modal.querySelectorAll("[data-field]")) put(field, kept[field.dataset.block]?.[field.dataset.action]);
  if (key && !modal.open) {
    modal.showModal();
    modal.querySelector(".body :is(input, textarea, select)")?.focus();
  }
  if (!key && modal.open) modal.close();
}

async function look() {
  const query = new URLSearchParams({as: place.as, at: place.room, thread: place.thread, seen: place.version});
  const answer = await fetch(`/_page/parts?${query}`);
  if (answer.status !== 200) return;
  const parts = await answer.json();
  place.version = parts.version;
  fill(list, parts.list);
  aside.hidden = !place.thread;
  fill(aside.querySelector("div"), parts.thread);
  fillModal(parts.modal);
}

// --- what is set ---------------------------------------------------------------------------------------------------

function valuesOf(field) {
  if (field.matches(".choices")) return [...field.querySelectorAll(":checked")].map((one) => one.value);
  if (field.matches("select")) return [...field.selectedOptions].map((one) => one.value).filter(Boolean);
  return field.value ? [field.value] : [];
}

function put(field, values) {
  if (!values) return;
  if (field.matches(".choices")) for (const one of field.querySelectorAll("input")) one.checked = values.includes(one.value);
  else if (field.matches("select")) for (const one of field.options) one.selected = values.includes(one.value);
  else field.value = values[0] || "";
}

function state(box) {
  const found = {};
  for (const field of box.querySelectorAll("[data-action]")) {
    if (field.dataset.kind === "button" || field.dataset.kind === "overflow") continue;
    (found[field.dataset.block] ??= {})[field.dataset.action] = valuesOf(field);
  }
  return found;
}

// --- what is done --------------------------------------------------------------------------------------------------

function confirmed(element) {
  if (!element.dataset.ask) return Promise.resolve(true);
  const said = JSON.parse(element.dataset.ask);
  const [no, yes] = ask.querySelectorAll("button");
  ask.querySelector("b").textContent = said.title.text;
  ask.querySelector("p").textContent = said.text.text;
  [yes.textContent, no.textContent] = [said.confirm.text, said.deny.text];
  yes.classList.toggle("danger", said.style === "danger");
  ask.returnValue = "no";
  ask.showModal();
  return new Promise((done) => ask.addEventListener("close", () => done(ask.returnValue === "yes"), {once: true}));
}

async function use(element, values = []) {
  if (!(await confirmed(element))) return;
  const {holder, block, action} = element.dataset;
  const box = element.closest("form[data-view]");
  element.setAttribute("aria-busy", "true");
  await act({act: "use", holder, block, action, values, state: box ? state(box) : {}});
  element.removeAttribute("aria-busy");
}

function complain(errors) {
  const rest = [];
  for (const box of modal.querySelectorAll("[data-input]")) {
    const error = box.querySelector(".error");
    error.textContent = errors[box.dataset.input] || "";
    error.hidden = !error.textContent;
  }
  const known = new Set([...modal.querySelectorAll("[data-input]")].map((box) => box.dataset.input));
  for (const [key, text] of Object.entries(errors)) if (!known.has(key)) rest.push(text);
  const trouble = modal.querySelector("[data-trouble]");
  if (!trouble) return;
  trouble.textContent = rest.join(" ");
  trouble.hidden = !rest.length;
  modal.querySelector(".error:not([hidden])")?.scrollIntoView({block: "nearest"});
}

document.addEventListener("click", (click) => {
  const element = click.target.closest("[data-action], [data-close], [data-thread]");
  if (!element) return;
  if ("close" in element.dataset) act({act: "close"});
  else if ("thread" in element.dataset) {
    [place.thread, place.version] = [element.dataset.thread, ""];
    look();
  } else if (element.matches("button, a") && "sent" in element.dataset) {
    element.closest("details")?.removeAttribute("open");
    use(element, element.dataset.kind === "overflow" ? [element.value] : []);
  }
});

document.addEventListener("change", (change) => {
  if (change.target.id === "viewer") {
    location.search = new URLSearchParams({as: change.target.value, at: place.room});
    return;
  }
  const field = change.target.closest("[data-action]");
  if (field && "sent" in field.dataset && !(field.matches("select") && !valuesOf(field).length)) use(field, valuesOf(field));
});

document.addEventListener("submit", async (submit) => {
  if (submit.target.method === "dialog") return;
  submit.preventDefault();
  if (busy) return;
  busy = true;
  if (submit.target.id === "write") {
    const {text} = submit.target.elements;
    const said = text.value;
    text.value = "";
    await act({act: "write", text: said});
  } else {
    const said = await act({act: "submit", view: submit.target.dataset.view, state: state(modal)});
    complain(said.errors || {});
    if (said.note) complain({"": said.note});
  }
  busy = false;
});

modal.addEventListener("cancel", (cancel) => {
  cancel.preventDefault();
  act({act: "close"});
});

place.version = "";
if (place.room === "home") act({act: "home"});
list.scrollTop = list.scrollHeight;
if (modal.firstElementChild) modal.innerHTML = "";
(async function watch() {
  for (;;) {
    try {
      await look();
      document.documentElement.dataset.live = "yes";
    } catch {
      document.documentElement.dataset.live = "no";
    }
    await new Promise((done) => setTimeout(done, 400));
  }
})();
