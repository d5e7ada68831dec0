import { attachAll } from "./ready.js";
import "./islands.js";
import "./menus.js";
import "./offline.js";
import "./tasks.js";
import "./aloud.js";
import "./failures.js";

document.documentElement.classList.add("scripted");
attachAll(document);
document.addEventListener("htmx:load", (event) => attachAll(event.detail.elt));
