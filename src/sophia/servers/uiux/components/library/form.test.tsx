import { render, screen } from '@testing-library/react';
import { expect, it } from 'vitest';
import { Form } from './form';
import meta from './form.stories';

it('has its name and all its fields', () => {
  render(<Form {...meta.args} />);
  const form = screen.getByRole<HTMLFormElement>('form');
  expect(document.getElementById(form.getAttribute('aria-labelledby') ?? '')?.textContent).toBe(
    meta.args.title,
  );
  const names = [...new FormData(form).keys()];
  const boxes = [...form.querySelectorAll<HTMLInputElement>('[type=checkbox]')];
  expect([...names, ...boxes.map((box) => box.name)].sort()).toEqual(
    meta.args.fields.map((field) => field.name).sort(),
  );
});
