import { ActionIcon } from '@mantine/core';
import { memo, type ReactNode, useState } from 'react';

import type { Attachment } from '../../api/types';
import { PenIcon } from '../../components/icons';
import { shortTime, wholeTime } from '../../lib/format';
import classes from './chat.module.css';
import { EditMessage } from './edit-message';
import { SentFiles } from './file-chips';
import versions from './versions.module.css';

interface UserMessageProps {
  message: string;
  /** None while the message is on its way. */
  createdAt: string | null;
  /** Null while it cannot be changed. */
  onChange?: ((message: string) => void) | null;
  versionSwitch?: ReactNode;
  files?: readonly Attachment[];
}

export const UserMessage = memo(function UserMessage(props: UserMessageProps) {
  const { message, createdAt, onChange = null, versionSwitch = null, files = [] } = props;
  const [isEditing, setIsEditing] = useState(false);
  const change = (text: string) => {
    setIsEditing(false);
    onChange?.(text);
  };
  return (
    <article className={classes.user} aria-label="You">
      {isEditing && onChange !== null ? (
        <EditMessage message={message} onSend={change} onCancel={() => setIsEditing(false)} />
      ) : (
        <>
          <SentFiles files={files} />
          <div className={classes.bubble}>{message}</div>
        </>
      )}
      {createdAt !== null && !isEditing && (
        <div className={versions.foot}>
          {versionSwitch}
          {onChange !== null && (
            <ActionIcon
              variant="subtle"
              color="gray"
              size="sm"
              aria-label="Change this message"
              title="Change this message"
              onClick={() => setIsEditing(true)}
            >
              <PenIcon size={14} />
            </ActionIcon>
          )}
          <time className={classes.time} dateTime={createdAt} title={wholeTime(createdAt)}>
            {shortTime(createdAt)}
          </time>
        </div>
      )}
    </article>
  );
});
