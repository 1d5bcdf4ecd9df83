// The page's only script: hears what changed, fetches just that card, and never takes away what somebody is typing.

import { also, keepTicks, lostTicks } from "./together.js";

const $ = (id) => document.getElementById(id);
const csrf = document.querySelector('meta[name="csrf"]').content;
const open = $("open");
const busy = new Set(); // cards with an act of our own under way
let offset = Date.parse(document.body.dataset.now) - Date.now();

const now = () => Date.now() + offset;
const cards = () => [...document.querySelectorAll("#open > .card")];
const waiting = (card) => card.dataset.state === "pending" && card.dataset.open === "1";

// ---- talking to the server

async function post(path, body) {
  let response;
  try {
    response = await fetch(path, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-CSRF-Token": csrf },
      body: JSON.stringify(body),
    });
  } catch {
    return { status: 0, error: "bonmot does not answer. Nothing was changed, as far as this page knows." };
  }
  const answer = await response.json().catch(() => ({}));
  return { status: response.status, ...answer };
}

async function piece(path, selector) {
  const response = await fetch(path);
  if (response.status === 401 || response.redirected) leave();
  if (!response.ok) return null;
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  return selector ? page.querySelector(selector) : page;
}

function leave() {
  if (document.querySelector(".editor:not([hidden])")) say("You are logged out."); // what was typed can still be copied
  else location.assign("/login");
}

// ---- cards come, change and stay put while they are worked on

function isBeingWorkedOn(card) {
  return !!card.querySelector(".editor:not([hidden]), .panel:not([hidden])");
}

function isUnderTheHand(card, fresh) {
  const textChanged = card.dataset.revision !== fresh.dataset.revision || lostTicks(card, fresh);
  return isBeingWorkedOn(card) || (textChanged && waiting(card) && card.matches(":hover, :focus-within"));
}

function sayChanged(card, fresh) {
  const note = card.querySelector(".changed");
  const text = card.dataset.revision === fresh.dataset.revision ? "" : "The text is another now.";
  note.querySelector(".changed-text").textContent = fresh.querySelector(".status span")?.textContent || text;
  note.hidden = false;
}

function keepPlace(card, fresh) {
  for (const fold of card.querySelectorAll("details[data-keep][open]")) {
    fresh.querySelector(`details[data-keep="${fold.dataset.keep}"]`)?.setAttribute("open", "");
  }
  const chosen = card.querySelector(".drafts input:checked");
  if (chosen && card.dataset.revision === fresh.dataset.revision) {
    const same = fresh.querySelector(`.drafts input[value="${chosen.value}"]`);
    if (same) same.checked = true;
  }
  keepTicks(card, fresh);
}

function swap(card, fresh) {
  const held = card.contains(document.activeElement) ? document.activeElement : null;
  const act = held?.dataset?.do;
  keepPlace(card, fresh);
  card.replaceWith(fresh);
  if (held) (act && fresh.querySelector(`[data-do="${act}"]`) || fresh).focus({ preventScroll: true });
  const told = fresh.querySelector(".status span")?.textContent;
  if (told && told !== card.querySelector(".status span")?.textContent) say(`${nameOf(fresh)}: ${told}`);
}

function insert(fresh) {
  const later = cards().find((card) => !waiting(card) || card.dataset.deadline > fresh.dataset.deadline);
  fresh.classList.add("fresh");
  open.insertBefore(fresh, later || null);
  say(`New card: ${nameOf(fresh)}`);
}

function apply(fresh, force = false) {
  const card = $(fresh.id);
  const own = busy.has(fresh.dataset.id);
  localise(fresh);
  if (!card) insert(fresh);
  else if (force) swap(card, fresh);
  else if (card.dataset.version === fresh.dataset.version || own) return;
  else if (isUnderTheHand(card, fresh)) sayChanged(card, fresh);
  else swap(card, fresh);
  count();
}

async function refresh(id, force = false) {
  const fresh = await piece(`/cards/${encodeURIComponent(id)}`, ".card").catch(() => null);
  if (fresh) apply(fresh, force);
}

// The trend goes on while nobody decides: its line and its picture follow, nothing else of the card moves.
async function follow(card) {
  const fresh = await piece(`/cards/${encodeURIComponent(card.dataset.id)}`, ".card").catch(() => null);
  if (!fresh?.querySelector(".now") || !card.querySelector(".now")) return;
  card.querySelector(".now").replaceChildren(...fresh.querySelector(".now").childNodes);
  const picture = document.adoptNode(fresh.querySelector("picture"));
  if (picture.querySelector("img").src === card.querySelector(".plot").src) return;
  await picture.querySelector("img").decode().catch(() => null);
  card.querySelector("picture")?.replaceWith(picture);
}

async function refreshAll() {
  const page = await piece("/").catch(() => null);
  if (!page) return;
  for (const fresh of page.querySelectorAll("#open > .card")) apply(fresh);
  for (const fresh of page.querySelectorAll("#closed > .card")) if ($(fresh.id)) apply(fresh);
  for (const name of ["pause", "judged", "quiet", "listening", "trouble"]) fill(name, page.querySelector(`#${name}`));
}

async function refreshPart(name) {
  const page = await piece(`/parts/${name}`).catch(() => null);
  if (page) fill(name, page.body);
}

function fill(name, from) {
  localise(from);
  $(name).replaceChildren(...from.childNodes);
}

function count() {
  const left = cards().filter(waiting).length;
  $("waiting").textContent = left;
  $("quiet").hidden = left > 0;
  document.title = left ? `(${left}) bonmot` : "bonmot";
}

// ---- saying things

const nameOf = (card) => card.querySelector(".headline").textContent;
function say(text) { $("said").textContent = text; }
function tell(card, text) { (card ?? document).querySelector(".feedback").textContent = text; }

// ---- acts

async function act(card, name, body = {}) {
  const id = card.dataset.id;
  if (busy.has(id)) return;
  busy.add(id);
  card.classList.add("busy");
  const answer = await post(`/api/cards/${encodeURIComponent(id)}/${name}`, { revision: Number(card.dataset.revision), ...body });
  busy.delete(id);
  $(card.id)?.classList.remove("busy");
  if (answer.status === 422 && answer.problems && name === "edit") showProblems(card, answer.problems);
  else if (answer.status === 409 && isBeingWorkedOn(card) && name === "edit") {
    tell(card, answer.error);
    await refresh(id);
  } else {
    if (answer.status === 200 || answer.status === 409) await refresh(id, true);
    if (answer.status !== 200) tell($(card.id), answer.error || "That did not work.");
    else if (answer.not_undone?.length) tell($(card.id), `Not undone everywhere. ${answer.not_undone.join(" ")}`);
  }
  return answer.status === 200;
}

const chosen = (card) => card.querySelector(".drafts input:checked");
const exact = (input) => JSON.parse(input.dataset.exact);

function showPanel(card, name) {
  close(card);
  const panel = card.querySelector(`[data-panel="${name}"]`);
  panel.hidden = false;
  panel.querySelector("input, button")?.focus();
}

function close(card) {
  for (const part of card.querySelectorAll(".editor, .panel")) part.hidden = true;
  card.querySelector(".drafts")?.removeAttribute("hidden");
  card.querySelector(".acts")?.removeAttribute("hidden");
}

function edit(card) {
  close(card);
  const area = card.querySelector(".editor textarea");
  area.value = exact(chosen(card));
  card.querySelector(".editor").hidden = false;
  card.querySelector(".drafts").hidden = true;
  card.querySelector(".acts").hidden = true;
  area.focus();
  look(card);
}

async function save(card) {
  const ok = await act(card, "edit", { text: card.querySelector(".editor textarea").value });
  if (ok) $(card.id).querySelector('[data-do="approve"]')?.focus();
}

async function look(card) {
  const text = card.querySelector(".editor textarea").value;
  const answer = await post(`/api/cards/${encodeURIComponent(card.dataset.id)}/check`, { text });
  if (answer.status !== 200 || card.querySelector(".editor textarea").value !== text) return;
  const length = card.querySelector(".editor .length");
  length.textContent = answer.length;
  length.classList.toggle("over", !answer.fits);
  showProblems(card, answer.problems);
}

function showProblems(card, problems) {
  const items = problems.map((problem) => Object.assign(document.createElement("li"), { textContent: problem }));
  card.querySelector(".problems").replaceChildren(...items);
  card.querySelector('[data-do="save"]').disabled = problems.length > 0;
}

async function ask(path, body, dialog) {
  const answer = await post(path, body);
  if (answer.status === 200) dialog?.close();
  else if (dialog) tell(dialog, answer.error);
}

async function mute(card) {
  const panel = card.querySelector('[data-panel="mute"]');
  const part = (name) => panel.querySelector(`[data-part="${name}"]`).value;
  const body = { term: part("term"), until: later(Number(part("minutes"))), reason: field(card, "mute") };
  const answer = await post("/api/silences", { ...body, brand: part("whose") ? panel.dataset.brand : null });
  if (answer.status === 200) close(card);
  else tell(card, answer.error || "That did not work.");
}

const later = (minutes) => new Date(now() + minutes * 60000).toISOString();
const field = (card, name) => card.querySelector(`[data-panel="${name}"] input`).value;

const deeds = {
  approve: (card) => act(card, "approve", { text: exact(chosen(card)), ...also(card) }),
  edit,
  save,
  close: (card, button) => { button.closest("dialog")?.close(); if (card) { close(card); card.focus({ preventScroll: true }); } },
  "reject-ask": (card) => showPanel(card, "reject"),
  reason: (card, button) => { const input = card.querySelector('[data-panel="reject"] input'); input.value = button.textContent; input.focus(); },
  reject: (card) => act(card, "reject", { reason: field(card, "reject") }),
  "snooze-ask": (card) => showPanel(card, "snooze"),
  snooze: (card, button) => act(card, "snooze", { until: later(Number(button.dataset.minutes)) }),
  withdraw: (card) => act(card, "withdraw"),
  "undo-ask": (card) => showPanel(card, "undo"),
  undo: (card) => act(card, "undo", { reason: field(card, "undo") }),
  "everywhere-ask": (card) => showPanel(card, "everywhere"),
  everywhere: (card) => act(card, "undo", { reason: field(card, "everywhere"), everywhere: true }),
  "give_up-ask": (card) => showPanel(card, "give_up"),
  give_up: (card) => act(card, "give_up"),
  show: (card) => refresh(card.dataset.id, true),
  help: () => $("help").showModal(),
  "pause-ask": () => $("pause-dialog").showModal(),
  pause: () => {
    const minutes = document.querySelector('input[name="pause-for"]:checked').value;
    ask("/api/pause", { reason: $("pause-reason").value, until: minutes ? later(Number(minutes)) : null }, $("pause-dialog"));
  },
  "mute-ask": (card) => showPanel(card, "mute"),
  mute,
  unmute: (card, button) => ask("/api/silences/end", { key: button.dataset.key }),
  "away-ask": () => $("away-dialog").showModal(),
  away: () => {
    const minutes = Number(document.querySelector('input[name="away-for"]:checked').value);
    const body = { until: later(minutes), delegate: $("away-who").value || null, reason: $("away-why").value };
    ask("/api/away", body, $("away-dialog"));
  },
  back: () => ask("/api/back", {}),
  resume: () => ask("/api/resume", {}),
  logout: () => post("/api/logout", {}).then(() => location.assign("/login")),
  "logout-everywhere": () => post("/api/logout", { everywhere: true }).then(() => location.assign("/login")),
};

document.addEventListener("click", (hit) => {
  const button = hit.target.closest("[data-do]");
  if (button && !button.disabled) deeds[button.dataset.do](button.closest(".card"), button);
});

let typing;
document.addEventListener("input", (hit) => {
  if (!hit.target.matches(".editor textarea")) return;
  clearTimeout(typing);
  typing = setTimeout(look, 250, hit.target.closest(".card"));
});

// ---- keyboard

function current() {
  return document.activeElement.closest?.(".card") || cards().find(waiting) || cards()[0];
}

function step(by) {
  const all = [...document.querySelectorAll(".card")];
  const here = all.indexOf(document.activeElement.closest?.(".card"));
  const next = all[Math.min(all.length - 1, Math.max(0, here < 0 ? 0 : here + by))];
  next?.focus({ preventScroll: true });
  next?.scrollIntoView({ block: "start" });
}

function press(card, name) {
  const button = card?.querySelector(`[data-do="${name}"]`);
  if (button) button.click();
  return !!button;
}

const keys = {
  j: () => step(1), ArrowDown: () => step(1), k: () => step(-1), ArrowUp: () => step(-1),
  a: (card) => card?.querySelector('[data-do="approve"]')?.focus(),
  e: (card) => press(card, "edit"),
  r: (card) => press(card, "reject-ask"),
  s: (card) => press(card, "snooze-ask"),
  u: (card) => press(card, "withdraw") || press(card, "undo-ask"),
  p: () => deeds["pause-ask"](),
  "?": () => deeds.help(),
};

function onWriting(stroke, target) {
  const card = target.closest(".card");
  if (stroke.key === "Enter" && target.matches(".editor textarea") && (stroke.ctrlKey || stroke.metaKey)) save(card);
  else if (stroke.key === "Enter" && target.matches("input:not([type=radio], [type=checkbox])")) {
    target.closest(".panel, dialog").querySelector(".strong").click();
  }
}

document.addEventListener("keydown", (stroke) => {
  const target = stroke.target;
  const card = current();
  if (stroke.key === "Escape" && card && isBeingWorkedOn(card)) { close(card); card.focus({ preventScroll: true }); return; }
  if (target.matches("textarea, input:not([type=radio], [type=checkbox])")) { onWriting(stroke, target); return; }
  if (stroke.ctrlKey || stroke.metaKey || stroke.altKey || document.querySelector("dialog[open]")) return;
  if (target.matches("input[type=radio]") && stroke.key.startsWith("Arrow")) return;
  const deed = keys[stroke.key];
  if (deed) { stroke.preventDefault(); deed(card); }
  else if (/^[1-9]$/.test(stroke.key)) card?.querySelector(`.drafts input[value="${stroke.key}"]`)?.click();
});

// ---- time

const hours = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const exactly = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "long" });

function localise(root) {
  for (const time of root.querySelectorAll("time[data-clock]")) {
    const moment = new Date(time.dateTime);
    time.textContent = hours.format(moment);
    time.title = exactly.format(moment);
  }
}

function clockText(secs) {
  const whole = Math.max(0, Math.floor(secs));
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60), String(whole % 60).padStart(2, "0")];
  return h ? `${h}:${String(m).padStart(2, "0")}:${s}` : `${m}:${s}`;
}

function tick() {
  for (const time of document.querySelectorAll("[data-until]")) {
    const left = (Date.parse(time.dataset.until) - now()) / 1000;
    const text = clockText(left);
    if (time.textContent !== text) time.textContent = text;
    const card = time.closest(".card");
    const clock = time.closest(".clock");
    if (clock) {
      clock.querySelector("progress").value = Math.max(0, left);
      card.classList.toggle("soon", left < 120);
    }
    if (left < -0.3 && !time.dataset.over) { time.dataset.over = "1"; refresh(card.dataset.id); }
  }
}

// ---- live

let source;
function state(name, text) { $("live").dataset.state = name; $("live-text").textContent = text; }

function connect() {
  source = new EventSource("/stream");
  // Whatever changed between the making of the page and now is fetched once the stream is open.
  source.onopen = () => { state("live", "connected"); refreshAll(); };
  source.onerror = () => {
    state("lost", "reconnecting");
    if (source.readyState === EventSource.CLOSED) setTimeout(connect, 3000);
  };
  source.addEventListener("now", (word) => { offset = Date.parse(JSON.parse(word.data)) - Date.now(); });
  source.addEventListener("card", (word) => refresh(JSON.parse(word.data)));
  source.addEventListener("judged", () => refreshPart("judged"));
  source.addEventListener("pause", () => refreshAll());
  source.addEventListener("refresh", () => refreshAll());
  source.addEventListener("parked", () => { source.close(); state("asleep", "asleep"); setTimeout(wake, 2000); });
  source.addEventListener("bye", () => { source.close(); leave(); });
}

function wake() {
  if (document.hidden || source.readyState !== EventSource.CLOSED) return;
  connect();
}

// Reading is being here, too: without this a quiet half hour would lock out somebody who watches.
let moved = false;
for (const sign of ["pointermove", "keydown", "touchstart", "wheel"]) addEventListener(sign, () => { moved = true; }, { passive: true });
setInterval(async () => {
  if (!moved) return;
  moved = false;
  const answer = await post("/api/here", {});
  if (answer.status === 401) state("lost", answer.error);
}, 60000);

document.addEventListener("visibilitychange", wake);
setInterval(tick, 250);
setInterval(() => {
  if (document.hidden) return;
  for (const name of ["quiet", "listening", "trouble"]) refreshPart(name);
  cards().filter(waiting).forEach(follow);
}, 10000);
localise(document);
count();
connect();
