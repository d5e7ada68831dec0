import { onReady } from "../../scripts/ready.js";

// Files chosen in several goes add up, and each can be taken away again before sending.
onReady("[data-upload]", (box) => {
  const input = box.querySelector("input[type=file]");
  const list = box.querySelector(".upload__list");
  let held = [];

  const put = () => {
    const carrier = new DataTransfer();
    for (const file of held) carrier.items.add(file);
    input.files = carrier.files;
  };

  const show = () => {
    list.replaceChildren(...held.map((file) => item(file)));
  };

  const item = (file) => {
    const row = document.createElement("li");
    row.className = "upload__item";
    if (file.type.startsWith("image/")) {
      row.classList.add("upload__item--photo");
      const picture = document.createElement("img");
      picture.alt = file.name;
      picture.src = URL.createObjectURL(file);
      picture.onload = () => URL.revokeObjectURL(picture.src);
      row.append(picture);
    } else {
      row.append(file.name);
    }
    const remove = document.createElement("button");
    remove.type = "button";
    remove.className = "upload__remove";
    remove.textContent = "×";
    remove.setAttribute("aria-label", `${box.dataset.uploadRemove} ${file.name}`);
    remove.addEventListener("click", () => {
      held = held.filter((one) => one !== file);
      put();
      show();
      input.focus();
    });
    row.append(remove);
    return row;
  };

  input.addEventListener("change", () => {
    const chosen = [...input.files];
    const same = (a, b) => a.name === b.name && a.size === b.size && a.lastModified === b.lastModified;
    held = input.multiple ? [...held, ...chosen.filter((file) => !held.some((one) => same(one, file)))] : chosen;
    put();
    show();
  });
});
