// Statements and the spans that carry them: hovering lights both, a click pins, j and k go from one to the next.
import { say } from "./say.js";

const SPLIT = matchMedia("(min-width: 60.01rem)");
const CALM = matchMedia("(prefers-reduced-motion: reduce)");

export function readCitations() {
  const reading = document.querySelector(".reading");
  const said = document.querySelector(".said");
  if (!reading || !said) return;
  const numbers = [...new Set([...reading.querySelectorAll("mark[data-c]")].flatMap(numbersOf))].sort((a, b) => a - b);
  if (!numbers.length) return;
  const stepper = reading.querySelector(".stepper");
  const inAll = numbers.length === 1 ? "1 citation" : `${numbers.length} in all`;
  let pinned = 0;

  const parts = (number) => [...document.querySelectorAll(`[data-c~="${number}"]`)];
  const markOf = (number) => reading.querySelector(`mark[data-c~="${number}"]`);

  async function read(number, isCalm) {
    const mark = markOf(number);
    const article = mark.closest(".source");
    for (const each of reading.querySelectorAll(".source")) each.classList.toggle("is-read", each === article);
    scrollTo(markOf(number), isCalm);
    if (article.querySelector(".whole") && (await fetchWhole(article))) {
      const same = pinned === number || !pinned;
      if (pinned) light(pinned, "pinned", true);
      if (same) scrollTo(markOf(number), true);
    }
  }

  function scrollTo(mark, isCalm) {
    const behavior = isCalm || CALM.matches ? "instant" : "smooth";
    if (!SPLIT.matches) return mark.scrollIntoView({ block: "center", behavior });
    const top = mark.getBoundingClientRect().top - reading.getBoundingClientRect().top + reading.scrollTop;
    reading.scrollTo({ top: top - reading.clientHeight * 0.3, behavior });
  }

  function light(number, name, isOn) {
    for (const each of parts(number)) each.classList.toggle(name, isOn);
  }

  function pin(number, isCalm = false) {
    if (pinned) light(pinned, "pinned", false);
    pinned = number;
    read(number, isCalm);
    light(number, "pinned", true);
    const place = `${numbers.indexOf(number) + 1} of ${numbers.length}`;
    stepper.querySelector(".at").textContent = place;
    const title = markOf(number).closest(".source").querySelector("h2").textContent;
    const words = [...markOf(number).childNodes].filter((each) => each.nodeType === Node.TEXT_NODE);
    say(`Citation ${place}, ${title}: ${words.map((each) => each.data).join("")}`);
    history.replaceState(history.state, "", `#c${number}`);
  }

  function unpin() {
    if (pinned) light(pinned, "pinned", false);
    pinned = 0;
    stepper.querySelector(".at").textContent = inAll;
    history.replaceState(history.state, "", location.pathname + location.search);
  }

  function step(by) {
    const at = pinned ? numbers.indexOf(pinned) + by : by > 0 ? 0 : numbers.length - 1;
    pin(numbers[(at + numbers.length) % numbers.length]);
  }

  function goBack(number) {
    const marker = said.querySelector(`a.n[data-c="${number}"]`);
    if (!marker) return;
    const folded = marker.closest("details");
    if (folded) folded.open = true;
    marker.scrollIntoView({ block: "center", behavior: CALM.matches ? "instant" : "smooth" });
    marker.focus({ preventScroll: true });
  }

  document.addEventListener("click", (event) => {
    const marker = event.target.closest("a.n");
    const tick = event.target.closest(".rail rect, .rail");
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (marker && said.contains(marker)) {
      event.preventDefault();
      pin(Number(marker.dataset.c));
    } else if (marker && reading.contains(marker)) {
      event.preventDefault();
      pin(Number(marker.dataset.back));
      goBack(Number(marker.dataset.back));
    } else if (tick?.dataset.c) {
      pin(Number(tick.dataset.c));
    } else if (tick && SPLIT.matches) {
      const box = tick.firstElementChild.getBoundingClientRect();
      const share = (event.clientY - box.top) / box.height;
      reading.scrollTo({ top: share * (reading.scrollHeight - reading.clientHeight) });
    } else if (event.target.closest(".stepper button")) {
      step(Number(event.target.closest("button").dataset.step));
    }
  });
  for (const [name, isOn] of [["pointerover", true], ["pointerout", false], ["focusin", true], ["focusout", false]]) {
    document.addEventListener(name, (event) => {
      for (const number of numbersOf(event.target.closest?.("[data-c]"))) light(number, "lit", isOn);
    });
  }
  document.addEventListener("keydown", (event) => {
    if (event.target.closest?.("input, textarea, select") || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") unpin();
    if (localStorage.getItem("keys") === "off") return;
    if (event.key === "j") step(1);
    if (event.key === "k") step(-1);
  });
  addEventListener("hashchange", () => pinAddressed());

  function pinAddressed(isCalm) {
    const number = Number(/^#c(\d+)$/.exec(location.hash)?.[1]);
    if (numbers.includes(number)) pin(number, isCalm);
    return numbers.includes(number);
  }

  stepper.hidden = false;
  stepper.querySelector(".at").textContent = inAll;
  for (const each of stepper.querySelectorAll("button")) each.hidden = numbers.length === 1;
  if (!pinAddressed(true) && SPLIT.matches) read(numbers[0], true);
}

function numbersOf(element) {
  return (element?.dataset.c ?? "").split(" ").filter(Boolean).map(Number);
}

async function fetchWhole(article) {
  const link = article.querySelector(".whole");
  link.parentElement.classList.add("is-coming");
  try {
    const response = await fetch(`${link.href}&part=1`);
    if (!response.ok) return false;
    const found = new DOMParser().parseFromString(await response.text(), "text/html").querySelector(".source");
    article.querySelector(".page").replaceWith(found.querySelector(".page"));
    const rail = found.querySelector(".rail");
    if (rail) article.append(rail);
    link.parentElement.remove();
    return true;
  } catch {
    return false; // the excerpt stays, and the link to the whole article with it
  }
}
