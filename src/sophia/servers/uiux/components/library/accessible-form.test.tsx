import { render, screen } from '@testing-library/react';
import { expect, it } from 'vitest';
import { AccessibleForm } from './accessible-form';
import meta from './accessible-form.stories';

it('has a group for each legend', () => {
  render(<AccessibleForm {...meta.args} />);
  expect(screen.getAllByRole('group')).toHaveLength(meta.args.groups.length);
});

it('links each error to its field', () => {
  const field = { label: 'Town', name: 'town', error: 'Choose one.' };
  render(<AccessibleForm title="Order" submit="Order" groups={[{ legend: 'You', fields: [field] }]} />);
  const link = screen.getByRole('link', { name: 'Town: Choose one.' });
  const target = decodeURIComponent(link.getAttribute('href') ?? '').slice(1);
  expect(document.getElementById(target)?.getAttribute('name')).toBe('town');
});
