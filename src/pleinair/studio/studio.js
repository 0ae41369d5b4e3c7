// Before and after: the handle moves the edge between two pictures, or between two clips that
// always show the same frame.
document.addEventListener("input", ({ target }) => {
  if (!target.matches(".compare input")) return;
  target.closest(".compare").style.setProperty("--at", `${target.value}%`);
});

document.addEventListener("keydown", (event) => {
  const pair = document.querySelector("film-pair");
  if (event.key !== " " || !pair || event.target.matches("button, a")) return;
  event.preventDefault();
  pair.toggle();
});

customElements.define("film-pair", class extends HTMLElement {
  async connectedCallback() {
    const { width, height, frames, rate, script } = this.dataset;
    const { Clips } = await import(script);
    if (!this.isConnected) return;
    const films = [...this.querySelectorAll(".film")];
    const look = { width: +width, height: +height, frames: +frames, rate: +rate };
    this.clips = new Clips(films, films.map((film) => film.dataset.src), look);
    this.button = this.querySelector(".play");
    this.button.addEventListener("click", () => this.toggle());
    try {
      await this.clips.load();
    } catch {
      films[0].textContent = "This browser can't show the clip.";
      return;
    }
    if (this.isConnected) this.toggle();
  }

  disconnectedCallback() {
    this.clips?.close();
  }

  toggle() {
    if (!this.clips) return;
    if (this.clips.playing) this.clips.pause();
    else void this.clips.play();
    this.button.classList.toggle("playing", this.clips.playing);
  }
});
