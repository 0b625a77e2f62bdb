import { render, screen } from '@testing-library/react';
import { expect, it } from 'vitest';
import { Dialog } from './dialog';
import meta from './dialog.stories';

it('is closed, and its opener says that a dialog follows', () => {
  const { container } = render(<Dialog {...meta.args} />);
  expect(container.querySelector('dialog')?.open).toBe(false);
  expect(screen.getByRole('button', { name: meta.args.opener }).getAttribute('aria-haspopup')).toBe('dialog');
});
