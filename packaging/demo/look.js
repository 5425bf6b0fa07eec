// Shows what the server said about a page: at the foot of every page, and beside the "Try" buttons of the tour.
"use strict";

function verdict(response) {
  const status = response.headers.get("Cache-Status");
  const by = response.headers.get("X-Served-By");
  const age = response.headers.get("Age");
  const parts = [response.status, status || "no Cache-Status"];
  if (age) parts.push(age + " s old");
  if (by) parts.push("served by " + by);
  return parts.join(" · ");
}

// Asking again for a page tells how it would be answered now; only pages that may be kept are worth that.
async function lookAtThisPage() {
  const line = document.getElementById("look");
  if (!line || /^\/(slow|download|never|info|member|guestbook)/.test(location.pathname)) return;
  const response = await fetch(location.href, { method: "HEAD", cache: "no-store" });
  const status = response.headers.get("Cache-Status") || "";
  line.textContent = "Asked again just now: " + verdict(response);
  line.classList.add(status.includes("hit") ? "hit" : "miss");
  line.hidden = false;
}

async function tryIt(button) {
  const outcome = button.parentElement.querySelector(".outcome");
  button.disabled = true;
  const began = performance.now();
  try {
    const response = await fetch(button.dataset.href, { cache: "no-store" });
    await response.arrayBuffer();
    outcome.textContent = Math.round(performance.now() - began) + " ms · " + verdict(response);
  } catch (error) {
    outcome.textContent = "No answer: " + error.message;
  }
  button.disabled = false;
}

for (const button of document.querySelectorAll(".try")) {
  button.hidden = false;
  button.addEventListener("click", () => tryIt(button));
}
lookAtThisPage().catch(() => {});
