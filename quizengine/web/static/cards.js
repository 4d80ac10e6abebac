// The keys of the cards. Without this the page works too: the answer opens by itself (it is a
// <details>), and the grades are buttons.

const answer = document.getElementById("answer");
const { dataset } = document.documentElement;
const IN_TEXT = "input, select, textarea, .menu *";

/** What the learner typed, if it may be meant for the card. */
function typed(event) {
  if (dataset.keys === "off" || event.altKey !== (dataset.keys === "alt")) return null;
  if (event.ctrlKey || event.metaKey || event.isComposing || event.repeat) return null;
  if (event.target.closest?.(IN_TEXT)) return null;
  return /^Digit[1-4]$/.test(event.code) ? event.code.at(-1) : event.key;
}

function say(text) {
  document.getElementById("toast").textContent = text;
}

function keyed(event) {
  const key = typed(event);
  const [button] = answer.querySelectorAll(`[aria-keyshortcuts="${CSS.escape(key ?? "")}"]`);
  if (button !== undefined) {
    event.preventDefault();
    if (answer.open) button.click();
    else say("First look: space shows the answer.");
  } else if (key === " " && !event.target.closest?.("summary, button, a")) {
    event.preventDefault();
    answer.open = true;
  }
}

if (answer !== null) {
  document.addEventListener("keydown", keyed);
  answer.addEventListener("toggle", () => answer.open && say(""));
}
