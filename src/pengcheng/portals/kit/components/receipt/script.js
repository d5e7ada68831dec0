import { onReady } from "../../scripts/ready.js";

onReady("[data-print]", (button) => button.addEventListener("click", () => window.print()));
