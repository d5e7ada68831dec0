// Ctrl Enter (or Cmd Enter) in a form presses the button that says so.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.isComposing) return;
  const button = event.target.closest?.("form")?.querySelector("[data-ctrl-enter]");
  if (!button) return;
  event.preventDefault();
  button.click();
});
