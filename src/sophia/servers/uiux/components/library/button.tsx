import type { ButtonHTMLAttributes } from 'react';
import './button.css';

export interface ButtonProps extends Omit<ButtonHTMLAttributes<HTMLButtonElement>, 'children'> {
  label: string;
  variant?: 'primary' | 'secondary' | 'quiet' | 'danger';
  /** Something is going on: it keeps the focus and its name, and does nothing more. */
  busy?: boolean;
}

export function Button({
  label,
  variant = 'primary',
  type = 'button',
  busy = false,
  onClick,
  ...rest
}: ButtonProps) {
  return (
    <button
      {...rest}
      className={`ui-button ui-button-${variant}`}
      type={type}
      aria-busy={busy || undefined}
      aria-disabled={busy || undefined}
      onClick={busy ? (event) => event.preventDefault() : onClick}
    >
      {label}
    </button>
  );
}
