import type { AnchorHTMLAttributes, MouseEvent } from 'react';

import { navigate } from '../lib/router';

interface LinkProps extends AnchorHTMLAttributes<HTMLAnchorElement> {
  href: string;
}

/** A link to a page of the console; with a modifier key it opens as any other link does. */
export function Link({ onClick, ...rest }: LinkProps) {
  const follow = (event: MouseEvent<HTMLAnchorElement>) => {
    onClick?.(event);
    const isPlain = !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey);
    if (event.defaultPrevented || !isPlain || event.button !== 0) return;
    event.preventDefault();
    navigate(rest.href);
  };
  return <a {...rest} onClick={follow} />;
}
