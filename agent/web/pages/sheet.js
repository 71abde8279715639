"use strict";
// Copying the note is a comfort: without a script it is selected by hand.
const copy = document.getElementById("copy");
if (copy) {
  const note = document.getElementById("note");
  copy.hidden = false;
  copy.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(note.value);
      document.getElementById("copied").textContent = copy.dataset.copied;
    } catch {
      note.focus();
      note.select();
    }
  });
}
// A known browser answers by itself, once the page has been seen for a second:
// never one that was loaded ahead, lies in the background, is refreshed or come
// back to.
const form = document.querySelector("form[data-auto]");
const [came] = performance.getEntriesByType("navigation");
if (form && came && came.type === "navigate") {
  let over = false, timer = 0;
  const end = () => { over = true; clearTimeout(timer); };
  const look = () => {
    clearTimeout(timer);
    if (!over && !document.prerendering && document.visibilityState === "visible") timer = setTimeout(send, 1000);
  };
  const send = () => {
    if (over) return;
    end();
    const auto = document.createElement("input");
    auto.type = "hidden"; auto.name = "auto"; auto.value = "1";
    form.append(auto);
    form.requestSubmit(form.querySelector("button[name=do]"));
    auto.remove(); // what is pressed after coming back is pressed by hand
  };
  form.addEventListener("submit", end);
  document.addEventListener("visibilitychange", look);
  document.addEventListener("prerenderingchange", look);
  window.addEventListener("pagehide", end);
  window.addEventListener("pageshow", look);
  // Whoever begins to do something else here, chooses for themselves.
  document.addEventListener("keydown", end);
  document.addEventListener("pointerdown", end);
  look();
}
