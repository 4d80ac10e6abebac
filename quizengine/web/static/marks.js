// Words of a question that the learner marks: kept in this browser, for the latest attempts.
//
// The page is not changed: the browser paints the ranges (CSS custom highlights), so nothing of a
// question is ever written anew. A browser that cannot do that has no marks.

const KEY = "quizengine-marks";
const ATTEMPTS = 5; // whose marks are kept

/** {attempt: {number: marks}}, the attempt that was marked last at the end. */
function kept() {
  try {
    return JSON.parse(localStorage.getItem(KEY)) ?? {};
  } catch {
    return {};
  }
}

function keep(attempt, number, marks) {
  const { [attempt]: mine = {}, ...others } = kept();
  const all = [...Object.entries(others), [attempt, { ...mine, [number]: marks }]];
  try {
    localStorage.setItem(KEY, JSON.stringify(Object.fromEntries(all.slice(-ATTEMPTS))));
  } catch {
    // They are kept for this page.
  }
}

/** [begin, end] of what is selected in the stem, in characters of its text, without the spaces
 * around it; begin is end where there is only a caret, and it is null where there is none. */
function selected(stem) {
  const selection = getSelection();
  if (!selection.rangeCount || !selection.getRangeAt(0).intersectsNode(stem)) return null;
  const range = selection.getRangeAt(0).cloneRange();
  if (!stem.contains(range.startContainer)) range.setStart(stem, 0);
  if (!stem.contains(range.endContainer)) range.setEnd(stem, stem.childNodes.length);
  const before = document.createRange();
  before.setStart(stem, 0);
  before.setEnd(range.startContainer, range.startOffset);
  const [text, start] = [range.toString(), before.toString().length];
  if (text.trim() === "") return [start, start];
  return [start + text.length - text.trimStart().length, start + text.trimEnd().length];
}

/** The range of a mark; null where the text has no such place. */
function range(stem, [begin, end]) {
  const found = document.createRange();
  const texts = document.createTreeWalker(stem, NodeFilter.SHOW_TEXT);
  let [at, begun] = [0, false];
  for (let node = texts.nextNode(); node !== null; node = texts.nextNode()) {
    const next = at + node.length;
    if (!begun && begin < next) {
      found.setStart(node, begin - at);
      begun = true;
    }
    if (begun && end <= next) {
      found.setEnd(node, end - at);
      return found;
    }
    at = next;
  }
  return null;
}

const is_mark = ([begin, end]) => Number.isInteger(begin) && 0 <= begin && begin < end;

/** What is kept for a question, as far as it can be meant. */
function before(attempt, number) {
  const found = kept()[attempt]?.[number];
  return Array.isArray(found) ? found.filter((each) => Array.isArray(each) && is_mark(each)) : [];
}

/** Marks in the stem of one question. The button is there while there is something to mark. Gives
 * what marks the selected words, or takes their mark away. */
export function marker(stem, button, { attempt, number }, say) {
  if (!("highlights" in CSS)) return () => say("This browser cannot mark words.");
  let marks = before(attempt, number); // apart from each other
  const holds = ([begin, end]) => marks.some(([from, to]) => from <= begin && end <= to);

  function paint() {
    const ranges = marks.map((mark) => range(stem, mark)).filter((each) => each !== null);
    CSS.highlights.set("marked", new Highlight(...ranges));
    stem.dataset.marks = String(ranges.length);
  }

  /** The button stands below what is selected. */
  function offer() {
    const found = selected(stem);
    button.hidden = found === null || (found[0] === found[1] && !holds(found));
    if (button.hidden) return;
    button.textContent = holds(found) ? "Take the mark away" : "Mark";
    const there = getSelection().getRangeAt(0).getBoundingClientRect();
    const paper = button.offsetParent.getBoundingClientRect();
    const left = Math.min(Math.max(0, there.left - paper.left), paper.width - button.offsetWidth);
    button.style.left = `${left}px`;
    button.style.top = `${there.bottom - paper.top + 6}px`;
  }

  function toggle() {
    const found = selected(stem);
    if (found === null || (found[0] === found[1] && !holds(found))) {
      say("Select words of the question first.");
      return;
    }
    const clears = holds(found);
    const meets = ([from, to]) => from <= found[1] && found[0] <= to;
    const joined = [found, ...marks.filter(meets)].flat();
    marks = marks.filter((mark) => !meets(mark));
    if (!clears) marks.push([Math.min(...joined), Math.max(...joined)]);
    keep(attempt, number, marks);
    getSelection().removeAllRanges();
    paint();
    say(clears ? "The mark is taken away." : "Marked.", 2_000);
  }

  paint();
  document.addEventListener("selectionchange", offer);
  button.addEventListener("pointerdown", (event) => event.preventDefault()); // keeps the selection
  button.addEventListener("click", toggle);
  return toggle;
}
