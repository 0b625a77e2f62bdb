import { fireEvent, render, screen } from '@testing-library/react';
import { expect, it } from 'vitest';
import { Button } from './button';
import meta from './button.stories';

it('has its name', () => {
  render(<Button {...meta.args} />);
  expect(screen.getByRole('button').textContent).toBe(meta.args.label);
});

it('does nothing more while it is busy', () => {
  let clicks = 0;
  render(<Button label="Send" busy onClick={() => (clicks += 1)} />);
  fireEvent.click(screen.getByRole('button', { name: 'Send' }));
  expect(clicks).toBe(0);
});
