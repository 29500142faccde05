// What changes a board: forms and buttons that say in data-post what they ask; then the page is
// loaded again, as it is then. Addresses are beside the board's own.
(function () {
  const alarm = document.getElementById("alarm");
  const own = window.location.pathname.replace(/\/$/, "");

  function address(path) {
    return /^(figures\/|write$)/.test(path) ? `${own}/${path}` : new URL(path, window.location.href);
  }

  // Whoever deleted a board sees where it can be put back.
  const deleted = document.getElementById("deleted");
  if (deleted && window.location.hash === "#deleted") {
    deleted.open = true;
  }

  async function post(path, body) {
    alarm.hidden = true;
    const answer = await window.atlasDom.post(address(path), body);
    if (answer.problem) {
      alarm.textContent = answer.problem;
      alarm.hidden = false;
      alarm.scrollIntoView({ block: "nearest" });
    }
    return answer;
  }

  document.addEventListener("submit", async (event) => {
    event.preventDefault();
    const form = event.target;
    const answer = await post(form.dataset.post, Object.fromEntries(new FormData(form)));
    if (answer.board) {
      window.location.assign(`boards/${answer.board}`);
    } else if (!answer.problem) {
      window.location.reload();
    }
  });

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("button[data-post]");
    if (button) {
      const answer = await post(button.dataset.post, {});
      if (!answer.problem && button.dataset.next) {
        window.location.assign(button.dataset.next);
      } else if (!answer.problem) {
        window.location.reload();
      }
    } else if (event.target.closest("[data-print]")) {
      window.print();
    }
  });
})();
