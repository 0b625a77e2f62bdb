import { useId, useRef } from 'react';
import { Button } from './button';
import './dialog.css';

export interface DialogProps {
  opener: string;
  title: string;
  text: string;
  confirm: string;
  cancel: string;
  variant?: 'primary' | 'danger';
  onConfirm?: () => void;
}

export function Dialog(given: DialogProps) {
  const { opener, title, text, confirm, cancel, variant = 'danger', onConfirm } = given;
  const id = useId();
  const box = useRef<HTMLDialogElement>(null);
  const ended = () => {
    if (box.current?.returnValue === 'confirm') onConfirm?.();
  };
  const open = () => {
    if (!box.current) return;
    // Esc leaves it as it is: what was chosen the last time does not count.
    box.current.returnValue = '';
    box.current.showModal();
  };
  return (
    <div className="ui-dialog-root">
      <Button label={opener} variant={variant} aria-haspopup="dialog" onClick={open} />
      <dialog
        className="ui-dialog"
        ref={box}
        aria-labelledby={`${id}-title`}
        aria-describedby={`${id}-text`}
        onClose={ended}
      >
        <h2 id={`${id}-title`}>{title}</h2>
        <p id={`${id}-text`}>{text}</p>
        <form className="ui-dialog-choices" method="dialog">
          {/* The first is focused: the one that does no harm. */}
          <Button label={cancel} type="submit" value="cancel" variant="secondary" />
          <Button label={confirm} type="submit" value="confirm" variant={variant} />
        </form>
      </dialog>
    </div>
  );
}
