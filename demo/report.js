const film = document.querySelector("video");
const map = document.querySelector(".timeline svg");
if (film && map) {
  const [left, wide, seconds] = [map.dataset.left, map.dataset.wide, map.dataset.seconds].map(Number);
  const head = map.querySelector(".head");
  const show = () => {
    const x = left + (wide * film.currentTime) / seconds;
    head.setAttribute("x1", x);
    head.setAttribute("x2", x);
    if (!film.paused) requestAnimationFrame(show);
  };
  film.addEventListener("play", show);
  film.addEventListener("seeked", show);
  map.addEventListener("click", (event) => {
    if (event.target.closest("a")) return;
    const box = map.getBoundingClientRect();
    const x = ((event.clientX - box.left) / box.width) * map.viewBox.baseVal.width;
    film.currentTime = Math.max(0, ((x - left) / wide) * seconds);
  });
}
for (const player of document.querySelectorAll("audio")) {
  const tracks = document.querySelectorAll(`[data-player="${player.id}"]`);
  const show = () => {
    for (const track of tracks) {
      const cursor = track.querySelector(".cursor");
      cursor.style.display = "block";
      cursor.style.left = `${(100 * player.currentTime) / Number(track.dataset.seconds)}%`;
    }
    if (!player.paused) requestAnimationFrame(show);
  };
  player.addEventListener("play", () => {
    for (const other of document.querySelectorAll("audio, video")) if (other !== player) other.pause();
    show();
  });
  player.addEventListener("seeked", show);
  for (const track of tracks)
    track.addEventListener("click", (event) => {
      const box = track.getBoundingClientRect();
      player.currentTime = ((event.clientX - box.left) / box.width) * Number(track.dataset.seconds);
      player.play();
    });
}
