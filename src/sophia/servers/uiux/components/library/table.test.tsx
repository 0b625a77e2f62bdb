import { render, screen } from '@testing-library/react';
import { expect, it } from 'vitest';
import meta from './table.stories';
import { Table } from './table';

it('has a heading for each column and each row', () => {
  render(<Table {...meta.args} />);
  expect(screen.getAllByRole('columnheader')).toHaveLength(meta.args.columns.length);
  expect(screen.getAllByRole('rowheader')).toHaveLength(meta.args.rows.length);
});
