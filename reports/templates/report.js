(function () {
  "use strict";
  var claims = Array.prototype.slice.call(document.querySelectorAll("details.claim"));
  var form = document.getElementById("filter");

  function each(list, act) { Array.prototype.forEach.call(list, act); }

  function openTarget() {
    var target = location.hash && document.getElementById(location.hash.slice(1));
    if (target && target.tagName === "DETAILS") { target.open = true; target.scrollIntoView(); }
  }
  window.addEventListener("hashchange", openTarget);
  openTarget();

  // What scrolls sideways can be reached and scrolled with the keyboard; what does not is no stop.
  function markScrollers() {
    each(document.querySelectorAll("[data-label]"), function (box) {
      if (box.scrollWidth > box.clientWidth) {
        box.tabIndex = 0;
        box.setAttribute("role", "region");
        box.setAttribute("aria-label", box.dataset.label);
      } else {
        box.removeAttribute("tabindex");
        box.removeAttribute("role");
        box.removeAttribute("aria-label");
      }
    });
  }
  window.addEventListener("resize", markScrollers);
  document.addEventListener("toggle", markScrollers, true);
  markScrollers();

  // Everything is unfolded on paper, and folded again afterwards.
  var folded = [];
  window.addEventListener("beforeprint", function () {
    each(document.querySelectorAll("details:not([open])"), function (d) { folded.push(d); d.open = true; });
  });
  window.addEventListener("afterprint", function () {
    folded.forEach(function (d) { d.open = false; });
    folded = [];
  });

  if (!form) { return; }
  var search = document.getElementById("search");
  var shown = document.getElementById("shown");
  var texts = claims.map(function (c) { return c.textContent.toLowerCase(); });
  document.getElementById("tools").hidden = false;

  function apply() {
    var wanted = {}, words = search.value.toLowerCase().split(/\s+/).filter(Boolean), count = 0;
    each(form.querySelectorAll("input[type=checkbox]"), function (box) { wanted[box.value] = box.checked; });
    claims.forEach(function (claim, i) {
      var match = wanted[claim.dataset.verdict] !== false &&
        words.every(function (word) { return texts[i].indexOf(word) >= 0; });
      claim.hidden = !match;
      if (match) { count += 1; }
    });
    shown.textContent = count + " of " + claims.length + " shown";
  }
  form.addEventListener("input", apply);
  form.addEventListener("submit", function (event) { event.preventDefault(); });
  document.getElementById("open-all").addEventListener("click", function () {
    claims.forEach(function (c) { if (!c.hidden) { c.open = true; } });
  });
  document.getElementById("close-all").addEventListener("click", function () {
    claims.forEach(function (c) { if (!c.hidden) { c.open = false; } });
  });
  apply();
}());
