// A link to what is shown, copied. See dashboard/ui/url_sync.py.
(function () {
  async function share() {
    // Where the files are others by then, the page says so: dashboard/state/context.py.
    const made = window.atlasNavigation.digest();
    const link = window.location.href + (made ? `&digest=${made}` : "");
    let said = "Link copied";
    try {
      await window.navigator.clipboard.writeText(link);
    } catch {
      // Without a secure context there is no clipboard: show the link to copy by hand.
      window.prompt("Copy this link", link);
      said = "Link shown";
    }
    const button = document.getElementById("share");
    const text = button.textContent;
    button.textContent = said;
    window.setTimeout(() => (button.textContent = "Copy link"), 1600);
    return text === said ? window.dash_clientside.no_update : said;
  }

  window.dash_clientside = Object.assign({}, window.dash_clientside);
  window.dash_clientside.atlas = Object.assign({}, window.dash_clientside.atlas, { share });
})();
