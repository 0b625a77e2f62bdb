import { render, screen } from '@testing-library/react';
import { expect, it } from 'vitest';
import { GlassmorphismCard } from './glassmorphism-card';
import meta from './glassmorphism-card.stories';

it('shows its card', () => {
  render(<GlassmorphismCard {...meta.args} />);
  expect(screen.getByRole('heading').textContent).toBe(meta.args.title);
});
