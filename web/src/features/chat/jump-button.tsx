import { ActionIcon } from '@mantine/core';

import { DownIcon } from '../../components/icons';
import classes from './jump-button.module.css';

export function JumpButton({ onClick }: { onClick: () => void }) {
  return (
    <ActionIcon
      className={classes.jump}
      variant="default"
      radius="xl"
      size="lg"
      aria-label="Go to the newest message"
      onClick={onClick}
    >
      <DownIcon size={16} />
    </ActionIcon>
  );
}
