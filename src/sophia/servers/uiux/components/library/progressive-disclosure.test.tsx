import { render } from '@testing-library/react';
import { expect, it } from 'vitest';
import { ProgressiveDisclosure } from './progressive-disclosure';
import meta from './progressive-disclosure.stories';

it('shows its summaries and keeps the rest closed', () => {
  const { container } = render(<ProgressiveDisclosure {...meta.args} />);
  const parts = [...container.querySelectorAll('details')];
  expect(parts.map((part) => part.open)).toEqual(meta.args.items.map(() => false));
});
