import './navigation.css';

export interface NavigationProps {
  /** What tells it from other navigation. */
  label: string;
  links: { label: string; href: string }[];
  /** The href of this page. */
  current?: string;
}

export function Navigation({ label, links, current }: NavigationProps) {
  return (
    <nav className="ui-navigation" aria-label={label}>
      <ul role="list">
        {links.map((link, place) => (
          <li key={place}>
            <a href={link.href} aria-current={link.href === current ? 'page' : undefined}>
              {link.label}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}
