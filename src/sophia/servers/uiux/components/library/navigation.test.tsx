import { render, screen } from '@testing-library/react';
import { expect, it } from 'vitest';
import { Navigation } from './navigation';
import meta from './navigation.stories';

it('has its name and marks the page that is shown', () => {
  const links = [{ label: 'Costs', href: '/costs' }];
  render(<Navigation {...meta.args} links={links} current="/costs" />);
  expect(screen.getByRole('navigation').getAttribute('aria-label')).toBe(meta.args.label);
  expect(screen.getByRole('link').getAttribute('aria-current')).toBe('page');
});
