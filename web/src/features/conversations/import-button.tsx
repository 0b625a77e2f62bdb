import { ActionIcon, FileButton, Tooltip } from '@mantine/core';

import { OpenIcon } from '../../components/icons';
import type { useImport } from './use-files';

/** Opens an exported conversation as one of one's own. */
export function ImportButton({ file }: { file: ReturnType<typeof useImport> }) {
  return (
    <FileButton
      accept="application/json,.json"
      onChange={(chosen) => {
        if (chosen !== null) file.mutate(chosen);
      }}
    >
      {(props) => (
        <Tooltip label="Import a conversation">
          <ActionIcon
            {...props}
            variant="default"
            size={36}
            aria-label="Import a conversation"
            loading={file.isPending}
          >
            <OpenIcon size={16} />
          </ActionIcon>
        </Tooltip>
      )}
    </FileButton>
  );
}
