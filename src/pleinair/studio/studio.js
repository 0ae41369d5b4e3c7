// Before and after: the handle moves the edge between two pictures; two clips play as one.
document.addEventListener("input", ({ target }) => {
  if (!target.matches(".compare input")) return;
  target.closest(".compare").style.setProperty("--at", `${target.value}%`);
});

document.addEventListener("timeupdate", ({ target }) => {
  const pair = target.closest?.(".compare");
  if (!pair || target !== pair.querySelector("video.after")) return;
  const before = pair.querySelector("video.before");
  if (Math.abs(before.currentTime - target.currentTime) > 0.06) before.currentTime = target.currentTime;
  if (before.paused !== target.paused) target.paused ? before.pause() : before.play();
}, true);
