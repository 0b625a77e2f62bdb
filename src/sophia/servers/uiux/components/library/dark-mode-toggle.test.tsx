import { fireEvent, render, screen } from '@testing-library/react';
import { expect, it } from 'vitest';
import { DarkModeToggle } from './dark-mode-toggle';
import meta from './dark-mode-toggle.stories';

it('remembers what was chosen', () => {
  const { unmount } = render(<DarkModeToggle {...meta.args} />);
  fireEvent.click(screen.getByLabelText(meta.args.dark));
  unmount();
  render(<DarkModeToggle {...meta.args} />);
  expect(screen.getByLabelText<HTMLInputElement>(meta.args.dark).checked).toBe(true);
});
