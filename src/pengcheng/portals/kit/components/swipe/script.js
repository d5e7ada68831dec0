import { onReady } from "../../scripts/ready.js";

const FAR = 96; // pixels that a finger must travel before it lets go
const SLOPE = 2; // sideways at least twice as far as down, or the page scrolls

// A finger that pushes a card to the right presses its button; letting go earlier changes nothing.
onReady("[data-swipe]", (card) => {
  const act = card.querySelector("[data-swipe-act]");
  if (!act) return;
  let from = null;
  let far = 0;
  const rest = () => {
    from = null;
    far = 0;
    card.style.transform = "";
    card.classList.remove("swipe--ready");
  };
  card.addEventListener("touchstart", (event) => {
    from = event.touches.length === 1 ? event.touches[0] : null;
  }, { passive: true });
  card.addEventListener("touchmove", (event) => {
    if (!from) return;
    const { clientX, clientY } = event.touches[0];
    far = clientX - from.clientX;
    if (far < 0 || far < SLOPE * Math.abs(clientY - from.clientY)) return void rest();
    card.style.transform = `translateX(${Math.min(far, FAR * 1.5)}px)`;
    card.classList.toggle("swipe--ready", far >= FAR);
  }, { passive: true });
  card.addEventListener("touchend", () => {
    const done = far >= FAR;
    rest();
    if (done) act.click();
  });
  card.addEventListener("touchcancel", rest);
});
