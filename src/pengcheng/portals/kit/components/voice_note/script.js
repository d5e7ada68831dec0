import { onReady } from "../../scripts/ready.js";

// Records into the same file field that a phone without MediaRecorder fills from its own recorder.
onReady("[data-voice]", (box) => {
  if (!document.documentElement.classList.contains("records")) return;
  const find = (name) => box.querySelector(`[data-voice-${name}]`);
  const [start, stop, remove] = [find("start"), find("stop"), find("remove")];
  const told = box.querySelector(".voice__told");
  const audio = box.querySelector("audio");
  const input = box.querySelector("input[type=file]");
  const most = Number(box.dataset.voice);
  let recorder;
  let ticking;

  input.tabIndex = -1;
  input.setAttribute("aria-hidden", "true");

  const show = (state) => {
    start.hidden = state !== "empty";
    stop.hidden = state !== "recording";
    audio.hidden = remove.hidden = state !== "ready";
  };

  const keep = (parts, type) => {
    const kind = type.split(";")[0] || "audio/webm";
    const file = new File(parts, `voice.${kind.split("/")[1]}`, { type: kind });
    const carrier = new DataTransfer();
    carrier.items.add(file);
    input.files = carrier.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
    audio.src = URL.createObjectURL(file);
    told.textContent = box.dataset.voiceReady;
    show("ready");
  };

  start.addEventListener("click", async () => {
    let stream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    } catch {
      told.textContent = box.dataset.voiceRefused;
      return;
    }
    const parts = [];
    recorder = new MediaRecorder(stream);
    recorder.ondataavailable = (event) => event.data.size && parts.push(event.data);
    recorder.onstop = () => {
      clearInterval(ticking);
      for (const track of stream.getTracks()) track.stop();
      keep(parts, recorder.mimeType);
    };
    recorder.start();
    show("recording");
    stop.focus();
    const began = Date.now();
    told.setAttribute("aria-live", "off");
    const tick = () => {
      const seconds = Math.floor((Date.now() - began) / 1000);
      told.textContent = `${box.dataset.voiceRecording} ${seconds} / ${most}`;
      if (seconds >= most) recorder.stop();
    };
    tick();
    ticking = setInterval(tick, 500);
  });

  stop.addEventListener("click", () => recorder.state === "recording" && recorder.stop());
  remove.addEventListener("click", () => {
    input.value = "";
    URL.revokeObjectURL(audio.src);
    told.textContent = "";
    show("empty");
    start.focus();
  });
  show("empty");
});
