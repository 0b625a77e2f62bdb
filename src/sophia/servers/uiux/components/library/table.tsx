import { useId } from 'react';
import './table.css';

export interface TableProps {
  caption: string;
  columns: { label: string; numeric?: boolean }[];
  /** The first cell of a row is its heading. */
  rows: string[][];
}

export function Table({ caption, columns, rows }: TableProps) {
  const id = useId();
  const look = (place: number) => (columns[place]?.numeric ? 'ui-table-number' : undefined);
  return (
    <div className="ui-table" role="region" aria-labelledby={id} tabIndex={0}>
      <table>
        <caption id={id}>{caption}</caption>
        <thead>
          <tr>
            {columns.map((column, place) => (
              <th key={place} scope="col" className={look(place)}>
                {column.label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(([head, ...cells], line) => (
            <tr key={line}>
              <th scope="row" className={look(0)}>
                {head}
              </th>
              {cells.map((cell, place) => (
                <td key={place} className={look(place + 1)}>
                  {cell}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
