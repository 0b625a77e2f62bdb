// Remembers the theme that was chosen; without this the choice holds until the page is left.
const choices = document.querySelectorAll('.ui-theme input');
const remembered = localStorage.getItem('ui-theme');
for (const choice of choices) {
  choice.checked = choice.value === (remembered ?? 'system');
  choice.addEventListener('change', () => localStorage.setItem('ui-theme', choice.value));
}
