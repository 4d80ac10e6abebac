// The pages work without this. It adds the clock, saving as you go, and the keys.
//
// An answer is never lost: each change goes into an outbox in localStorage before it is sent, and
// leaves it only when the server says that it is stored, or that it can never be, since a newer
// window has the attempt or it has ended. Whatever else happens, it is sent again.

const main = document.getElementById("main");
const sheet = document.getElementById("sheet");
const root = document.documentElement;
const about = main.dataset;
const $ = (id) => document.getElementById(id);
const all = (selector, within = document) => [...within.querySelectorAll(selector)];
const make = (tag, values) => Object.assign(document.createElement(tag), values);

const RESYNC = 30_000; // ms between looks at the server's clock
const TYPING = 600; // ms without a key before a note is sent
const PATIENCE = 8_000; // ms for an answer of the server
const AGAIN = [1_000, 2_000, 4_000, 8_000, 15_000]; // ms until it is tried again
const WARNINGS = [30, 15, 5, 1]; // minutes
const COMES_BACK = 5; // minutes left at which a hidden clock is shown again

// --- saying ---------------------------------------------------------------------------------

let fading;

function say(text, ms = 4_000) {
  clearTimeout(fading);
  $("toast").textContent = text;
  fading = setTimeout(() => ($("toast").textContent = ""), ms);
}

function banner(text, button) {
  const box = $("banner");
  if (box === null || box.dataset.said === text) return;
  box.dataset.said = text;
  box.replaceChildren(text, ...(button ? [make("br"), button] : []));
  box.hidden = text === "";
}

function state(name, text) {
  if ($("state") === null) return;
  $("state").dataset.state = name;
  $("state").textContent = text;
}

const numbers_of = (entries) => [...new Set(entries.map((entry) => entry.number))].join(", ");

// --- the outbox -----------------------------------------------------------------------------

const PREFIX = "quizengine-outbox-";
const DELIVERED = new Set(["saved", "stored"]);
const OVER = new Set(["superseded", "ended"]); // it can never be stored

/** The unsent changes of an attempt, oldest first: {path, revision, number, change}. */
class Outbox {
  constructor(key) {
    this.key = key;
    this.kept = []; // where localStorage is switched off
  }

  get entries() {
    try {
      return JSON.parse(localStorage.getItem(this.key)) ?? this.kept;
    } catch {
      return this.kept;
    }
  }

  set entries(entries) {
    this.kept = entries;
    try {
      if (entries.length === 0) localStorage.removeItem(this.key);
      else localStorage.setItem(this.key, JSON.stringify(entries));
    } catch {
      // It is kept in this tab then.
    }
  }

  /** A change takes the place of the last one, if both are of one thing and that is not under way. */
  add(entry) {
    const before = this.entries;
    const last = before.at(-1);
    const of = (each) => [each?.path, each?.number, each?.change.kind].join(" ");
    const same = of(last) === of(entry) && last.revision !== this.underway;
    this.entries = [...(same ? before.slice(0, -1) : before), entry];
  }

  remove(entry) {
    const is = (other) => other.path === entry.path && other.revision === entry.revision;
    this.entries = this.entries.filter((other) => !is(other));
  }

  /** Take out what a window can no longer store. */
  give_up(path) {
    const lost = this.entries.filter((entry) => entry.path === path);
    this.entries = this.entries.filter((entry) => entry.path !== path);
    return lost;
  }
}

function every_outbox() {
  try {
    const keys = Object.keys(localStorage).filter((key) => key.startsWith(PREFIX));
    return keys.map((key) => new Outbox(key));
  } catch {
    return [];
  }
}

/** Send one change; what became of it in the server's words, or "unsent". */
async function send({ path, ...save }) {
  try {
    const answer = await fetch(`${path}/save`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(save),
      keepalive: true,
      redirect: "error",
      signal: AbortSignal.timeout(PATIENCE),
    });
    const told = answer.headers.get("Content-Type") === "application/json";
    return told ? await answer.json() : { state: "unsent", status: answer.status };
  } catch {
    return { state: "unsent", status: 0 };
  }
}

/** Send what an outbox holds, one after the other, one tab at a time. Gives what stopped it. */
async function deliver(box, told) {
  const run = async () => {
    for (let entry = box.entries[0]; entry !== undefined; entry = box.entries[0]) {
      box.underway = entry.revision;
      const answer = await send(entry);
      box.underway = undefined;
      if (DELIVERED.has(answer.state)) {
        box.remove(entry);
      } else if (answer.state === "refused") {
        const aside = new Outbox(box.key.replace(PREFIX, "quizengine-refused-"));
        aside.entries = [...aside.entries, entry].slice(-20); // so that the others can go
        box.remove(entry);
      } else if (OVER.has(answer.state)) {
        answer.lost = box.give_up(entry.path);
        if (entry.path === about.path) return answer;
      } else {
        return answer;
      }
      told(entry, answer);
    }
    return { state: "sent" };
  };
  return navigator.locks ? navigator.locks.request(box.key, run) : run();
}

// --- an attempt in this window ---------------------------------------------------------------

const is_sitting = about.path !== undefined;
const outbox = is_sitting ? new Outbox(PREFIX + about.attempt) : null;
let stopped = false; // this window can change nothing any more
let leaving = false;
let delivering = null;
let tries = 0;
let waiting;

/** Keep a change, and send it now or a little later. */
function keep(change, later = 0) {
  if (stopped) return;
  const before = [Number(about.revision), ...outbox.entries.map((entry) => entry.revision)];
  about.revision = String(Math.max(...before) + 1);
  const { path, number, revision } = about;
  outbox.add({ path, number: Number(number), revision: Number(revision), change });
  state("saving", "Saving ...");
  clearTimeout(waiting);
  waiting = setTimeout(flush, later);
}

/** Send all there is; true once nothing is left to send. */
function flush() {
  clearTimeout(waiting);
  delivering ??= deliver(outbox, told).then((answer) => {
    delivering = null;
    return settled(answer);
  });
  return delivering;
}

function told(entry, answer) {
  if (answer.left !== undefined) clock.set(answer.left);
  if (answer.state === "refused") say(`Not taken: ${answer.message}`, 8_000);
  if (answer.lost?.length) say(`Not taken from an older window: ${numbers_of(answer.lost)}`, 8_000);
  if (DELIVERED.has(answer.state)) mark(entry.number, answer.complete ? "answered" : "unanswered");
}

function settled(answer) {
  switch (answer.state) {
    case "sent":
      tries = 0;
      state("saved", "Saved");
      banner("");
      return true;
    case "superseded":
      superseded(answer.lost);
      return false;
    case "ended":
      if (!ending) over(`/result/${about.attempt}`, answer.lost);
      return false;
    case "break":
      leave(about.path);
      return false;
    case "late":
      state("unsent", "Too late");
      end();
      return false;
    default:
      unsent(answer);
      return false;
  }
}

function unsent({ state: why, status, message }) {
  state("unsent", "Not sent");
  const kept = "Your answers are kept in this browser and sent again by themselves.";
  if (why === "unsaved") banner(`${message} ${kept}`);
  else if (status === 401) {
    banner(`Not sent: this browser is signed out. In the terminal, quizengine serve --link prints a link: open it in another tab. ${kept}`);
  } else if (status) banner(`Not sent: the server answered with ${status}. ${kept}`);
  else banner(`Not sent: the server does not answer. ${kept}`);
  waiting = setTimeout(flush, AGAIN[Math.min(tries++, AGAIN.length - 1)]);
}

/** A newer window has the attempt: this one can only say so. */
function superseded(lost = []) {
  if (stopped) return;
  stopped = true;
  clock.stop();
  for (const field of all("#sheet :is(input, select, textarea, button), [form=sheet]")) {
    field.disabled = field.value !== "leave";
  }
  state("unsent", "Not saved here");
  const which = lost.length ? ` Not taken from here: question ${numbers_of(lost)}.` : "";
  const button = make("button", { textContent: "Go on here instead", type: "button" });
  button.addEventListener("click", () => leave(`/attempt/${about.attempt}`));
  banner(`This attempt is now open in a newer window; this one can change nothing.${which}`, button);
}

/** The attempt has ended: on to its result, with a word on what came too late. */
function over(result, late) {
  if (late.length) say(`Too late to be taken: question ${numbers_of(late)}.`, 60_000);
  leaving = true;
  setTimeout(() => leave(result), late.length ? 3_000 : 0);
}

function leave(to) {
  leaving = true;
  location.assign(to);
}

/** Go to another page once everything is sent; stay where it cannot be. */
async function go(to) {
  if (stopped) return;
  if (outbox.entries.length === 0 || (await flush())) leave(to);
  else if (!stopped && !leaving) say("This waits until your answer is sent.");
}

// --- the clock -------------------------------------------------------------------------------

/** Counts down by a clock that nobody sets, and looks at the server's now and then. */
class Clock {
  constructor(left) {
    this.face = $("clock");
    this.passed = new Set();
    this.set(left);
    if (left !== null) {
      this.passed = new Set(WARNINGS.filter((minutes) => left <= minutes * 60_000));
      this.ticking = setInterval(() => this.tick(), 250);
    }
    this.asking = setInterval(() => this.ask(), RESYNC);
    document.addEventListener("visibilitychange", () => document.hidden || this.ask());
  }

  set(left) {
    this.end = performance.now() + left;
    this.wall = Date.now() - performance.now();
  }

  tick() {
    if (Math.abs(Date.now() - performance.now() - this.wall) > 2_000) {
      this.wall = Date.now() - performance.now(); // the computer slept, or its clock was set
      this.ask();
    }
    const seconds = Math.max(0, Math.ceil((this.end - performance.now()) / 1000));
    if (this.face.textContent !== spoken(seconds)) this.face.textContent = spoken(seconds);
    this.face.parentElement.classList.toggle("low", seconds <= COMES_BACK * 60);
    const due = WARNINGS.filter((minutes) => seconds <= minutes * 60 && !this.passed.has(minutes));
    due.forEach((minutes) => this.passed.add(minutes));
    if (seconds === 0) end();
    else if (due.length) {
      const minutes = Math.min(...due);
      say(`${minutes} minute${minutes === 1 ? "" : "s"} left`, 10_000);
    }
  }

  async ask() {
    try {
      const answer = await fetch(`${about.path}/clock`, { signal: AbortSignal.timeout(PATIENCE) });
      const { state: now, left } = await answer.json();
      this.set(left);
      if (outbox.entries.length) flush(); // and hear what becomes of it
      else if (now === "superseded") superseded();
      else if (now === "ended") leave(`/result/${about.attempt}`);
      else if (now === "break") leave(about.path);
    } catch {
      // No answer: the clock goes on by itself.
    }
  }

  stop() {
    clearInterval(this.ticking);
    clearInterval(this.asking);
  }
}

function spoken(seconds) {
  const two = (n) => String(n).padStart(2, "0");
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  return hours ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

let ending = false;

/** The time is up: send what is left, then submit. The server decides what was in time. */
async function end() {
  if (ending || stopped) return;
  ending = true;
  clock.stop();
  say("The time is up.", 60_000);
  await (delivering ?? deliver(outbox, told));
  submit();
}

async function submit() {
  try {
    const headers = { "Content-Type": "application/json" };
    const signal = AbortSignal.timeout(PATIENCE);
    const answer = await fetch(`${about.path}/end`, { method: "POST", headers, body: "{}", signal });
    if (answer.status === 409) {
      superseded(outbox.give_up(about.path));
      return;
    }
    if (answer.ok) {
      over(answer.url, outbox.give_up(about.path));
      return;
    }
  } catch {
    // It is sent again.
  }
  banner("The time is up, and the end could not be sent. It is sent again by itself.");
  setTimeout(submit, 2_000);
}

const clock = is_sitting ? new Clock(about.left === "" ? null : Number(about.left)) : null;

// --- one question ------------------------------------------------------------------------------

function picked() {
  const values = (selector) => all(selector, sheet).map((field) => Number(field.value));
  switch (about.kind) {
    case "ordering":
      return sheet.dataset.taken ? all(".step").map((step) => Number(step.dataset.number)) : [];
    case "matching":
      return values("select");
    default:
      return values("[name=pick]:checked");
  }
}

const CHECKED = ".right, .wrong, .blank"; // in practice

function mark(number, word) {
  const stop = all(".stop[value]").find((each) => each.value === `go-${number}`);
  if (stop === undefined || stop.matches(CHECKED)) return;
  stop.classList.remove("answered", "unanswered", "unseen");
  stop.classList.add(word);
  const flagged = stop.classList.contains("flagged") ? ", flagged" : "";
  stop.setAttribute("aria-label", `Question ${number}: ${word}${flagged}`);
}

function count() {
  const given = picked().filter(Boolean).length;
  const said = {
    multiple: `${given} of ${about.wanted} selected`,
    matching: `${given} of ${about.wanted} matched`,
    ordering: given ? "" : "Not answered yet",
  };
  $("counted").textContent = said[about.kind] ?? "";
  if ($("take")) $("take").hidden = given > 0;
}

function changed() {
  count();
  const sure = { sure: true, unsure: false }[sheet.elements.sure.value] ?? null;
  keep({ kind: "answer", picked: picked(), sure });
}

function refuses_a_third(box) {
  const wanted = Number(about.wanted);
  if (about.kind !== "multiple" || picked().length <= wanted) return false;
  box.checked = false;
  say(`${wanted} options are selected: take one back.`);
  return true;
}

function strike(choice) {
  const struck = choice.classList.toggle("struck");
  choice.querySelector(".strike").setAttribute("aria-pressed", String(struck));
  const options = all(".choice.struck").map((each) => Number(each.dataset.number));
  keep({ kind: "strike", options });
}

function move(button, by) {
  const step = button.closest(".step");
  const other = by < 0 ? step.previousElementSibling : step.nextElementSibling;
  if (other === null) {
    say(`This is the ${by < 0 ? "first" : "last"} step.`);
    return;
  }
  if (by < 0) other.before(step);
  else other.after(step);
  button.focus();
  edges();
  sheet.dataset.taken = "yes";
  say(`Now at place ${all(".step").indexOf(step) + 1} of ${all(".step").length}.`, 2_500);
  changed();
}

/** The first step cannot go up, the last not down. */
function edges() {
  all(".step").forEach((step, n, steps) => {
    const [up, down] = all("button", step);
    up.setAttribute("aria-disabled", String(n === 0));
    down.setAttribute("aria-disabled", String(n === steps.length - 1));
  });
}

function clear() {
  put({ picked: [], sure: null });
  changed();
}

/** Show an answer on the page. */
function put({ picked: numbers, sure }) {
  const steps = new Map(all(".step").map((step) => [Number(step.dataset.number), step]));
  numbers.forEach((number) => steps.get(number)?.parentElement.append(steps.get(number)));
  all("select", sheet).forEach((field, n) => (field.value = numbers[n] ?? 0));
  all(".choice input[name=pick]:not([type=hidden])", sheet).forEach(
    (field) => (field.checked = numbers.includes(Number(field.value))),
  );
  if (numbers.length) sheet.dataset.taken = "yes";
  else delete sheet.dataset.taken;
  sheet.elements.sure.value = { true: "sure", false: "unsure" }[sure] ?? "";
  edges();
  count();
}

/** What is not sent yet is newer than what the server knew when it made this page. */
function restore() {
  const mine = ({ path, number }) => path === about.path && number === Number(about.number);
  for (const { change } of outbox.entries.filter(mine)) {
    if (change.kind === "answer" && about.kind) put(change);
    if (change.kind === "flag") $("flag").checked = change.on;
    if (change.kind === "note") $("note").value = change.text;
    if (change.kind === "strike") {
      for (const choice of all(".choice")) {
        const struck = change.options.includes(Number(choice.dataset.number));
        choice.classList.toggle("struck", struck);
        choice.querySelector(".strike").setAttribute("aria-pressed", String(struck));
      }
    }
  }
}

let mark_words = () => say("Words are marked in the text of a question.");

/** Apart from the rest, which goes on without. */
async function marks() {
  const { marker } = await import("./marks.js").catch(() => ({}));
  if (marker) mark_words = marker($("stem"), $("mark"), about, say);
}

function sit() {
  if ($("stem")) marks();
  if (all("input[type=hidden][name=pick]", sheet).length) sheet.dataset.taken = "yes";
  restore();
  sheet.addEventListener("change", ({ target }) => {
    if (target.name === "sure" || (target.name === "pick" && !refuses_a_third(target))) changed();
  });
  $("flag").addEventListener("change", () => {
    document.querySelector(".stop[aria-current]").classList.toggle("flagged", $("flag").checked);
    keep({ kind: "flag", on: $("flag").checked });
  });
  $("note").addEventListener("input", () => keep({ kind: "note", text: $("note").value }, TYPING));
  $("note").addEventListener("keydown", ({ key, isComposing }) => {
    if (key === "Escape" && !isComposing) document.querySelector(".notes summary").focus();
  });
  sheet.addEventListener("contextmenu", (event) => {
    const choice = event.target.closest(".choice:has(.strike)");
    if (choice && getSelection().isCollapsed) {
      event.preventDefault();
      strike(choice);
    }
  });
  document.addEventListener("click", press);
  sheet.addEventListener("submit", (event) => event.preventDefault()); // all is saved already
}

/** A check needs an answer. Who wants none of his own has a button for that now. */
function asks_first(button) {
  if (picked().filter(Boolean).length === Number(about.wanted)) return false;
  say(button.dataset.first, 6_000);
  $("give").hidden = false;
  return true;
}

/** What a button does. What only the server can do goes there as a form, once all is sent. */
async function press(event) {
  const button = event.target.closest("button[name=do]");
  if (button === null) return;
  event.preventDefault();
  const does = button.value.split("-")[0];
  if (does === "leave" && stopped) leave(button.dataset.go);
  else if (button.dataset.go !== undefined) go(button.dataset.go);
  else if (does === "check" && asks_first(button)) return;
  else if (does === "strike") strike(button.closest(".choice"));
  else if (does === "up" || does === "down") move(button, does === "up" ? -1 : 1);
  else if (does === "clear") clear();
  else if (does === "take") {
    sheet.dataset.taken = "yes";
    changed();
  } else if (outbox.entries.length === 0 || (await flush())) {
    leaving = true;
    sheet.append(make("input", { type: "hidden", name: "do", value: button.value }));
    sheet.submit();
  }
}

// --- keys ----------------------------------------------------------------------------------------

const IN_TEXT = "textarea, select, input:not([type=radio]):not([type=checkbox])";

function choose(digit) {
  const nth = (selector) => all(selector, sheet)[Number(digit) - 1];
  const field = nth(".choice input:not([type=hidden])") ?? nth("select, .movers button:first-child");
  field?.focus();
  if (field?.matches("input")) field.click();
}

function sureness() {
  const sure = sheet.elements.sure;
  if (sure === undefined) return;
  sure.value = { "": "sure", sure: "unsure", unsure: "" }[sure.value];
  say(sure.value ? `You are ${sure.value}.` : "Not said how sure.", 2_500);
  changed();
}

function note() {
  document.querySelector(".notes").open = true;
  $("note").focus();
}

function cross_out() {
  const choice = document.activeElement.closest(".choice:has(.strike)");
  if (choice) strike(choice);
  else say("Go to an option first: with Tab, or by its number.");
}

function next_unanswered() {
  const stops = all(".stop[value]");
  const here = stops.findIndex((stop) => stop.hasAttribute("aria-current"));
  const around = [...stops.slice(here + 1), ...stops.slice(0, here)];
  const found = around.find((stop) => !stop.matches(`.answered, ${CHECKED}`));
  if (found) found.click();
  else say("Every other question is answered.");
}

function toggle_clock() {
  if (root.dataset.clock !== "hidden" && $("clock")?.parentElement.classList.contains("low")) {
    say("In the last minutes the clock stays.");
    return;
  }
  show_clock(root.dataset.clock === "hidden");
}

function show_clock(shown) {
  root.dataset.clock = shown ? "" : "hidden";
  try {
    localStorage.setItem("quizengine-clock", root.dataset.clock);
  } catch {
    // It is kept for this page.
  }
  if ($("hide") === null) return;
  $("hide").textContent = shown ? "Hide" : "Show";
  $("hide").setAttribute("aria-pressed", String(!shown));
}

function check() {
  if ($("check")) $("check").click();
  else say($("verdict") ? "Already checked." : "Only practice checks a question.");
}

const back = () => ($("previous").disabled ? say("This is the first question.") : $("previous").click());
const KEYS = {
  n: () => $("next").click(),
  ArrowRight: () => $("next").click(),
  p: back,
  ArrowLeft: back,
  u: next_unanswered,
  l: () => go(`${about.path}/review`),
  r: () => go(`${about.path}/review`),
  e: () => go(`${about.path}/end`),
  f: () => $("flag").click(),
  s: sureness,
  o: note,
  x: cross_out,
  h: () => mark_words(),
  t: toggle_clock,
  Backspace: () => about.kind && clear(),
  c: check,
  "?": () => $("keys").showModal(),
};

const onto = (selector) => document.querySelector(selector)?.click();
const KEYS_OF_THE_LIST = {
  p: () => onto("a[rel=prev]"),
  ArrowLeft: () => onto("a[rel=prev]"),
  u: () => onto("tr:is(.unanswered, .unseen) a"),
  e: KEYS.e,
  t: KEYS.t,
  "?": KEYS["?"],
};

/** The key, if the learner may have meant a shortcut with it. */
function shortcut(event) {
  const { keys } = root.dataset;
  if (keys === "off" || event.altKey !== (keys === "alt") || event.ctrlKey || event.metaKey) return null;
  if (event.isComposing || event.target.closest?.(IN_TEXT) || document.querySelector("dialog[open]")) return null;
  if (event.key.startsWith("Arrow") && event.target.matches?.("input")) return null; // chooses
  const typed = /^(Key|Digit)(.)$/.exec(event.code); // Alt makes other letters on some systems
  return keys === "alt" && typed ? typed[2].toLowerCase() : event.key;
}

function keyed(event) {
  const key = shortcut(event);
  if (key === null || stopped) return;
  const digit = sheet !== null && /^[1-9]$/.test(key);
  const does = digit ? () => about.kind && choose(key) : (sheet ? KEYS : KEYS_OF_THE_LIST)[key];
  if (does === undefined) return;
  event.preventDefault();
  does();
}

// --- what other pages do -------------------------------------------------------------------------

/** Colours, size and keys change at once, and are kept. */
function dress() {
  const menu = document.querySelector(".menu");
  const form = menu.querySelector("form");
  form.addEventListener("change", ({ target }) => {
    root.dataset[target.name] = target.value;
    const body = new URLSearchParams(new FormData(form));
    fetch("/look", { method: "POST", body, redirect: "manual", keepalive: true }).catch(() => {});
  });
  document.addEventListener("click", ({ target }) => {
    if (!menu.contains(target)) menu.open = false;
  });
  document.addEventListener("keydown", ({ key }) => {
    if (key !== "Escape" || !menu.open) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
}

/** Before an exam: what the choices give, as they are made. */
function plan(form) {
  form.addEventListener("change", async () => {
    const query = new URLSearchParams(new FormData(form));
    history.replaceState(null, "", `?${query}`);
    const answer = await fetch(`${location.pathname}?${query}&as=json`).catch(() => null);
    if (!answer?.ok) return;
    const { told: lines, possible, start } = await answer.json();
    $("told").replaceChildren(...lines.map((textContent) => make("p", { textContent })));
    $("told").className = possible ? "told" : "problem";
    const button = form.querySelector("[formmethod]");
    button.disabled = !possible;
    button.textContent = start ?? button.textContent;
  });
}

/** Submitted once, whatever is clicked, and after what must come before. */
function once(form, before) {
  form.addEventListener("submit", async (event) => {
    if (event.submitter?.formMethod === "get" && form.method === "get") return;
    event.preventDefault();
    if (form.dataset.sent) return;
    form.dataset.sent = "yes";
    if (await before()) {
      leaving = true;
      if (event.submitter?.hasAttribute("formmethod")) form.method = event.submitter.formMethod;
      form.submit();
    } else delete form.dataset.sent;
  });
}

/** What a page that is gone left unsent is sent first, before a new window takes the attempt. */
async function catch_up() {
  const lost = [];
  const boxes = every_outbox().filter((box) => box.key !== outbox?.key);
  for (const box of boxes) await deliver(box, (_, answer) => lost.push(...(answer.lost ?? [])));
  if (lost.length) say(`Too late to be taken: question ${numbers_of(lost)}.`, 12_000);
  return true;
}

/** The keys of the review: from question to question. */
function step(event) {
  const way = { n: "next", ArrowRight: "next", p: "prev", ArrowLeft: "prev" }[shortcut(event)];
  document.querySelector(`a[rel=${way}]`)?.click();
}

dress();
const caught_up = catch_up();
all("form[data-plans]").forEach(plan);
all("form[data-plans]").forEach((form) => once(form, async () => true));
all("form[data-opens]").forEach((form) => once(form, () => caught_up));
all("form[data-final]").forEach((form) => once(form, async () => !outbox.entries.length || flush()));
all("form[data-ends]").forEach((form) => {
  once(form, () => caught_up);
  setTimeout(() => form.requestSubmit(), 1_500);
});
if ("steps" in about) document.addEventListener("keydown", step);
addEventListener("pageshow", (event) => event.persisted && location.reload());

if (is_sitting) {
  let hidden = null;
  try {
    hidden = localStorage.getItem("quizengine-clock");
  } catch {
    // Shown, then.
  }
  show_clock(hidden !== "hidden");
  $("hide")?.addEventListener("click", toggle_clock);
  if (sheet !== null) sit();
  if ($("keys")) {
    $("help").addEventListener("click", () => $("keys").showModal());
    document.addEventListener("keydown", keyed);
  }
  if (outbox.entries.length) flush();
  addEventListener("online", () => outbox.entries.length && flush());
  addEventListener("pagehide", () => !stopped && outbox.entries.length && flush());
  addEventListener("beforeunload", (event) => {
    if (!leaving && !stopped && outbox.entries.length) event.preventDefault();
  });
  // A second tab on the same address is a second window, too: the newer has it.
  navigator.locks
    ?.request(`quizengine-tab-${about.path}`, { steal: true }, () => new Promise(() => {}))
    .catch(() => leaving || superseded());
}
