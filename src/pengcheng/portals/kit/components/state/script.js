import { onReady } from "../../scripts/ready.js";

// Where a form was refused: back to it, as it was typed.
onReady("[data-before]", (button) => button.addEventListener("click", () => history.back()));
