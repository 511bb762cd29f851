// A thumb is sent without leaving the page; an answer is copied as text.
import { say } from "./say.js";

const SHOWN_MS = 2000;

export function listenToForms() {
  document.addEventListener("submit", async (event) => {
    const form = event.target.closest(".thumbs");
    if (!form) return;
    event.preventDefault();
    const place = form.closest(".noted") ?? form;
    const response = await fetch(form.action, {
      method: "POST",
      headers: { Accept: "text/x-part" },
      body: new URLSearchParams(new FormData(form, event.submitter)),
    }).catch(() => null);
    const text = response?.ok ? await response.text() : "";
    const found = new DOMParser().parseFromString(text, "text/html").querySelector(".noted");
    if (found) {
      place.replaceWith(found);
      say(found.querySelector("p").textContent);
      found.querySelector("input:not([type=hidden])")?.focus();
    } else {
      const told = document.createElement("p");
      told.className = "notice";
      told.textContent = "This could not be noted: is the server still there?";
      place.append(told);
      say(told.textContent);
    }
  });
  document.addEventListener("click", async (event) => {
    const button = event.target.closest(".copy");
    if (!button) return;
    const isCopied = await copy(document.getElementById(button.dataset.of));
    const text = button.textContent;
    button.textContent = isCopied ? "Copied" : "Copy it by hand";
    say(button.textContent);
    setTimeout(() => (button.textContent = text), SHOWN_MS);
  });
}

async function copy(field) {
  try {
    await navigator.clipboard.writeText(field.value);
    return true;
  } catch {
    field.hidden = false; // no clipboard: not on this machine, or not allowed
    field.select();
    return false;
  }
}
