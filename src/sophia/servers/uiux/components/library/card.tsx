import './card.css';

export interface CardProps {
  title: string;
  text: string;
  /** Of the heading. */
  level?: 2 | 3 | 4 | 5 | 6;
  link?: { label: string; href: string };
}

export function Card({ title, text, level = 2, link }: CardProps) {
  const Heading = `h${level}` as const;
  return (
    <article className="ui-card">
      <Heading className="ui-card-title">{title}</Heading>
      <p className="ui-card-text">{text}</p>
      {link && (
        <a className="ui-card-link" href={link.href}>
          {link.label}
        </a>
      )}
    </article>
  );
}
