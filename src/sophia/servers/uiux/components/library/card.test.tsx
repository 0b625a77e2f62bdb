import { render, screen } from '@testing-library/react';
import { expect, it } from 'vitest';
import { Card } from './card';
import meta from './card.stories';

it('has its heading at its level', () => {
  render(<Card {...meta.args} level={4} />);
  expect(screen.getByRole('heading', { level: 4 }).textContent).toBe(meta.args.title);
});
