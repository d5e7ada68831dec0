import { attachAll } from "./ready.js";
import "./islands.js";
import "./menus.js";
import "./offline.js";
import "./tasks.js";
import "./aloud.js";
import "./failures.js";

attachAll(document);
document.addEventListener("htmx:load", (event) => attachAll(event.detail.elt));
