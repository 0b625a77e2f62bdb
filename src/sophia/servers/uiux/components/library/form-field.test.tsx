import { render, screen } from '@testing-library/react';
import { expect, it } from 'vitest';
import { FormField } from './form-field';
import meta from './form-field.stories';

it('is found by its label', () => {
  render(<FormField {...meta.args} />);
  const field = screen.getByLabelText(meta.args.label, { exact: false });
  expect(field.getAttribute('name')).toBe(meta.args.name);
});

it('reads its error out with the field', () => {
  render(<FormField label="Town" name="town" error="Choose one." />);
  const field = screen.getByLabelText('Town');
  expect(field.getAttribute('aria-invalid')).toBe('true');
  const told = field.getAttribute('aria-describedby') ?? '';
  expect(document.getElementById(told)?.textContent).toBe('Choose one.');
});
