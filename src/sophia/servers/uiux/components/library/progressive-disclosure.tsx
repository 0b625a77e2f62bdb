import { useId } from 'react';
import './progressive-disclosure.css';

export interface ProgressiveDisclosureProps {
  title: string;
  items: { summary: string; text: string }[];
  /** Opening one closes the others. */
  exclusive?: boolean;
}

export function ProgressiveDisclosure({
  title,
  items,
  exclusive = false,
}: ProgressiveDisclosureProps) {
  const id = useId();
  return (
    <section className="ui-disclosure" aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      {items.map((item, place) => (
        <details key={place} name={exclusive ? `${id}-parts` : undefined}>
          <summary>{item.summary}</summary>
          <p>{item.text}</p>
        </details>
      ))}
    </section>
  );
}
