// Trades the one-time code behind the # for a session. The code is taken out of the address before anything is sent.

const title = document.getElementById("door-title");
const text = document.getElementById("door-text");

async function enter(code) {
  const response = await fetch("/api/login", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ code }),
  });
  if (response.ok) {
    location.replace("/");
    return;
  }
  const answer = await response.json().catch(() => ({}));
  title.textContent = "Not logged in";
  text.textContent = answer.error || "The login link did not work.";
}

function look() {
  const code = new URLSearchParams(location.hash.slice(1)).get("code");
  history.replaceState(null, "", "/login");
  if (code) {
    enter(code).catch(() => {
      title.textContent = "Not logged in";
      text.textContent = "The page does not answer. Is bonmot still running?";
    });
  } else {
    title.textContent = "Please log in";
    text.textContent = "Open a login link to come in.";
  }
}

addEventListener("hashchange", look);
look();
