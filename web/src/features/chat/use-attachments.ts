import { useCallback, useState } from 'react';

import { openStream } from '../../api/client';
import { ApiError } from '../../api/problem';
import type { Attachment } from '../../api/types';
import { randomId } from '../../lib/random-id';

/** A file that is to go with the message being written. */
interface Enclosed {
  key: string;
  name: string;
  /** None while it is on its way, or when it was refused. */
  uploaded: Attachment | null;
  error: string | null;
}

export interface Enclosures {
  files: readonly Enclosed[];
  uploaded: readonly Attachment[];
  isUploading: boolean;
  add: (files: readonly File[]) => void;
  remove: (key: string) => void;
  clear: () => void;
}

const PATH = '/api/v1/attachments';

/** The files that are to go with a message; each is uploaded as soon as it is chosen. */
export function useAttachments(sessionId: string | null): Enclosures {
  const [files, setFiles] = useState<readonly Enclosed[]>([]);
  const [seenId, setSeenId] = useState(sessionId);
  if (seenId !== sessionId) {
    setSeenId(sessionId);
    setFiles([]);
  }

  const add = useCallback((chosen: readonly File[]) => {
    for (const file of chosen) {
      const key = randomId();
      const name = file.name || 'pasted';
      setFiles((now) => [...now, { key, name, uploaded: null, error: null }]);
      const settle = (outcome: Partial<Enclosed>) =>
        setFiles((now) => now.map((one) => (one.key === key ? { ...one, ...outcome } : one)));
      upload(file, name)
        .then((uploaded) => settle({ uploaded }))
        .catch((error: unknown) => {
          if (!(error instanceof ApiError)) throw error;
          settle({ error: error.detail });
        });
    }
  }, []);

  const remove = useCallback((key: string) => {
    // What was uploaded and never sent is swept away by itself.
    setFiles((now) => now.filter((one) => one.key !== key));
  }, []);

  const clear = useCallback(() => setFiles([]), []);

  return {
    files,
    uploaded: files.flatMap((one) => one.uploaded ?? []),
    isUploading: files.some((one) => one.uploaded === null && one.error === null),
    add,
    remove,
    clear,
  };
}

async function upload(file: File, name: string): Promise<Attachment> {
  const response = await openStream(`${PATH}?name=${encodeURIComponent(name)}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/octet-stream' },
    body: file,
  });
  return (await response.json()) as Attachment;
}

/** Fetch a file that went with a message. */
export async function contentOf(attachment: Attachment): Promise<Blob> {
  return (await openStream(`${PATH}/${attachment.attachment_id}`, {})).blob();
}
