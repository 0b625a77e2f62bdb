import { render, screen } from '@testing-library/react';
import { expect, it } from 'vitest';
import { Chart } from './chart';
import meta from './chart.stories';

it('has all its values in a table', () => {
  const { container } = render(<Chart {...meta.args} />);
  const cells = [...container.querySelectorAll('tbody td')].map((cell) => cell.textContent);
  const { labels, series, unit } = meta.args;
  expect(cells).toEqual(labels.flatMap((_, at) => series.map((one) => `${unit}${one.values[at]}`)));
  expect(screen.getByRole('figure').querySelector('svg')?.ariaHidden ?? 'true').toBe('true');
});
