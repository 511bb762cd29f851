// While an answer comes: tell each step, stop it, and ask again where the server ended amid it.
import { say } from "./say.js";

const EVERY_MS = 1000;
const MOST_TRIES = 3;
const MOST_CHARS = 120;

export function followAnswer(whenAnswered) {
  let isStopped = false;
  const watched = new MutationObserver(() => say(lastStep()));

  function ended() {
    watched.disconnect();
    if (!document.querySelector(".work")) return;
    if (document.querySelector(".answered") && isWhole()) {
      const said = document.querySelector(".statement, .none h2, .problem h2, .timeline p, .rows tbody tr, .sides p");
      say(said?.textContent ?? "");
      if (document.querySelector("[data-class=EndingError]")) return askAgain();
      sessionStorage.removeItem("tries");
      remember(said);
      whenAnswered();
    } else {
      document.documentElement.classList.add("stopped");
      if (isStopped) tell("Stopped. ", "Ask again", "reason");
      else askAgain();
    }
  }

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    if (document.readyState === "loading" && document.querySelector(".work") && !isWhole()) {
      isStopped = true;
      window.stop();
      ended();
    } else {
      event.target.closest?.("input")?.blur();
    }
  });
  if (document.readyState !== "loading") return ended();
  document.addEventListener("DOMContentLoaded", () => isStopped || ended());
  watched.observe(document.documentElement, { childList: true, subtree: true });
  const watching = setInterval(async () => {
    if (document.readyState !== "loading" || isStopped) return clearInterval(watching);
    if (!document.querySelector(".work") || (await isSame()) || document.readyState !== "loading") return;
    clearInterval(watching);
    window.stop();
    ended();
  }, EVERY_MS);
}

// In a thread each earlier question stands with what was said to it, as long as the tab is open.
function remember(said) {
  const brief = said?.querySelector("b")?.textContent ?? said?.firstChild?.textContent ?? "";
  sessionStorage.setItem(`said ${location.search}`, brief.slice(0, MOST_CHARS));
  for (const link of document.querySelectorAll(".thread a")) {
    const before = sessionStorage.getItem(`said ${link.search}`);
    if (!before) continue;
    const text = document.createElement("span");
    text.className = "small";
    text.dir = "auto";
    text.textContent = before;
    link.after(" ", text);
  }
}

// The foot of a page is written last.
function isWhole() {
  return Boolean(document.querySelector(".foot"));
}

function lastStep() {
  return [...document.querySelectorAll(".work .step")].at(-1)?.textContent.trim() ?? "";
}

function tell(text, linkText, className = "notice") {
  const told = document.createElement("p");
  told.className = className;
  told.append(text);
  if (linkText) {
    const link = document.createElement("a");
    link.href = location.pathname + location.search;
    link.textContent = linkText;
    told.append(link);
  }
  (document.querySelector(".said") ?? document.querySelector(".work")).append(told);
  say(text);
}

function askAgain() {
  const tries = Number(sessionStorage.getItem("tries")) + 1;
  if (tries > MOST_TRIES) {
    sessionStorage.removeItem("tries");
    return tell(`The server ended ${MOST_TRIES} times while it answered this. `, "Ask again");
  }
  sessionStorage.setItem("tries", tries);
  tell("The server ended while it answered. The question is asked again as soon as it is back.");
  const waiting = setInterval(async () => {
    if (await serverNow()) {
      clearInterval(waiting);
      location.reload();
    }
  }, EVERY_MS);
}

async function serverNow() {
  try {
    return (await fetch("/state")).headers.get("article-qa-server");
  } catch {
    return null;
  }
}

// A browser does not tell a page that it comes no further; but the server that writes it is there, or is another one.
async function isSame() {
  return (await serverNow()) === document.body.dataset.server;
}

// While a folder is taken in: how far it is, and what is known of it once it is.
export function followIndexing() {
  const state = document.getElementById("state");
  if (!state?.querySelector(".going")) return;
  const address = new URL("/state", location.href);
  address.search = location.search;
  const waiting = setInterval(async () => {
    try {
      state.innerHTML = await (await fetch(address)).text();
    } catch {
      return; // it is tried again
    }
    if (state.querySelector(".going")) return;
    clearInterval(waiting);
    if (!document.querySelector(".ask input")?.value) location.reload();
  }, EVERY_MS);
}
