import { useId } from 'react';
import { Card, type CardProps } from './card';
import './responsive-grid.css';

export interface ResponsiveGridProps {
  title: string;
  items: CardProps[];
  /** How wide a column is at the least. */
  column?: 'narrow' | 'medium' | 'wide';
}

export function ResponsiveGrid({ title, items, column = 'medium' }: ResponsiveGridProps) {
  const id = useId();
  return (
    <section className="ui-grid" aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      <ul className={`ui-grid-list ui-grid-${column}`} role="list">
        {items.map((item, place) => (
          <li key={place}>
            <Card {...item} />
          </li>
        ))}
      </ul>
    </section>
  );
}
