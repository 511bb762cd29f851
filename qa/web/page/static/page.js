// What a page does in a browser that runs scripts; without them it answers all the same.
import { readCitations } from "./citations.js";
import { listenToForms } from "./forms.js";
import { followAnswer, followIndexing } from "./going.js";
import { sortTables, shortenLists } from "./lists.js";

document.documentElement.classList.add("js");
followAnswer(readCitations);
listenToForms();

function ready() {
  sortTables();
  shortenLists();
  followIndexing();
  const keys = document.getElementById("keys");
  if (keys) {
    keys.checked = localStorage.getItem("keys") !== "off";
    keys.addEventListener("change", () => localStorage.setItem("keys", keys.checked ? "on" : "off"));
  }
  for (const each of document.querySelectorAll(".copy")) each.hidden = false;
}

if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", ready);
else ready();

document.addEventListener("keydown", (event) => {
  const isTyping = event.target.closest?.("input:not([type=radio], [type=checkbox]), textarea, select");
  if (event.key !== "/" || isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
  if (localStorage.getItem("keys") === "off") return;
  const field = document.querySelector(".ask input:not([type=hidden])");
  if (!field) return;
  event.preventDefault();
  field.focus();
  field.select();
});
