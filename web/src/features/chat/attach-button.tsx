import { ActionIcon, FileButton, Tooltip } from '@mantine/core';

import { ClipIcon } from '../../components/icons';

const TAKEN =
  'text/*,.md,.markdown,.csv,.json,.log,application/pdf,image/png,image/jpeg,image/webp,image/gif';

interface AttachButtonProps {
  isDisabled: boolean;
  onChoose: (files: readonly File[]) => void;
}

export function AttachButton({ isDisabled, onChoose }: AttachButtonProps) {
  return (
    <FileButton multiple accept={TAKEN} disabled={isDisabled} onChange={onChoose}>
      {(props) => (
        <Tooltip label="Attach files">
          <ActionIcon
            {...props}
            type="button"
            variant="subtle"
            color="gray"
            size="lg"
            aria-label="Attach files"
            disabled={isDisabled}
          >
            <ClipIcon size={18} />
          </ActionIcon>
        </Tooltip>
      )}
    </FileButton>
  );
}
