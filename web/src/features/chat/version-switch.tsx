import { ActionIcon } from '@mantine/core';

import { ChevronIcon } from '../../components/icons';
import classes from './versions.module.css';

interface VersionSwitchProps {
  /** The ids of all versions, oldest first. */
  versions: readonly string[];
  shownId: string;
  onShow: (turnId: string) => void;
}

/** Goes from one version of a message to another. */
export function VersionSwitch({ versions, shownId, onShow }: VersionSwitchProps) {
  if (versions.length < 2) return null;
  const at = versions.indexOf(shownId);
  const step = (by: number, label: string, className: string | undefined) => {
    const target = versions[at + by];
    return (
      <ActionIcon
        variant="subtle"
        color="gray"
        size="sm"
        aria-label={label}
        title={label}
        disabled={target === undefined}
        onClick={() => target !== undefined && onShow(target)}
      >
        <ChevronIcon size={14} className={className} />
      </ActionIcon>
    );
  };
  return (
    <span className={classes.versions} role="group" aria-label="Versions">
      {step(-1, 'Earlier version', classes.back)}
      <span aria-live="polite">
        {at + 1} / {versions.length}
      </span>
      {step(1, 'Later version', undefined)}
    </span>
  );
}
