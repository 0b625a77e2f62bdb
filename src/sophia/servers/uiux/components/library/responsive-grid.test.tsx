import { render, screen } from '@testing-library/react';
import { expect, it } from 'vitest';
import { ResponsiveGrid } from './responsive-grid';
import meta from './responsive-grid.stories';

it('lists its cards', () => {
  render(<ResponsiveGrid {...meta.args} />);
  expect(screen.getAllByRole('listitem')).toHaveLength(meta.args.items.length);
});
