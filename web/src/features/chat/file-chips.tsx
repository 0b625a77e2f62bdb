import { CloseButton, Loader } from '@mantine/core';

import type { Attachment } from '../../api/types';
import { FileIcon } from '../../components/icons';
import { saveFile } from '../../lib/save-file';
import classes from './file-chips.module.css';
import { contentOf, type Enclosures } from './use-attachments';

/** The files that are to go with a message. */
export function EnclosedFiles({ files, remove }: Pick<Enclosures, 'files' | 'remove'>) {
  if (files.length === 0) return null;
  return (
    <ul className={classes.chips} aria-label="Attached files">
      {files.map(({ key, name, uploaded, error }) => (
        <li key={key} className={classes.chip} data-refused={error !== null || undefined}>
          {uploaded === null && error === null ? (
            <Loader size={14} aria-label="Uploading" />
          ) : (
            <FileIcon size={14} />
          )}
          <span className={classes.name}>{name}</span>
          {error !== null && <span role="alert">{error}</span>}
          <CloseButton size="xs" aria-label={`Remove ${name}`} onClick={() => remove(key)} />
        </li>
      ))}
    </ul>
  );
}

/** The files that went with a message, to be saved again. */
export function SentFiles({ files }: { files: readonly Attachment[] }) {
  if (files.length === 0) return null;
  return (
    <ul className={classes.chips} aria-label="Attached files">
      {files.map((file) => (
        <li key={file.attachment_id}>
          <button
            type="button"
            className={classes.chip}
            title={`Save ${file.name}`}
            onClick={() => void contentOf(file).then((content) => saveFile(content, file.name))}
          >
            <FileIcon size={14} />
            <span className={classes.name}>{file.name}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}
