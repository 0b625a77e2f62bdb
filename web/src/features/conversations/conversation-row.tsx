import { ActionIcon, Menu, VisuallyHidden } from '@mantine/core';

import type { Conversation } from '../../api/types';
import { BinIcon, DotsIcon, PenIcon, SaveIcon } from '../../components/icons';
import { Link } from '../../components/link';
import { wholeTime } from '../../lib/format';
import { conversationPath } from '../../lib/router';
import classes from './conversations.module.css';

interface ConversationRowProps {
  conversation: Conversation;
  isCurrent: boolean;
  onRename: () => void;
  onDelete: () => void;
  onExport: (format: 'json' | 'markdown') => void;
}

export function ConversationRow(props: ConversationRowProps) {
  const { conversation, isCurrent, onRename, onDelete, onExport } = props;
  const { session_id: id, title, updated_at: updatedAt } = conversation;
  return (
    <li className={classes.row} data-current={isCurrent || undefined}>
      <Link
        href={conversationPath(id)}
        className={classes.title}
        aria-current={isCurrent ? 'page' : undefined}
        title={`${title}\n${wholeTime(updatedAt)}`}
      >
        {title}
        {conversation.active_turn_id !== null && (
          <>
            <span className={classes.active} aria-hidden="true" />
            <VisuallyHidden>, being answered</VisuallyHidden>
          </>
        )}
      </Link>
      <Menu position="bottom-end" shadow="md">
        <Menu.Target>
          <ActionIcon
            className={classes.dots}
            variant="subtle"
            color="gray"
            size="md"
            aria-label={`Options of ${title}`}
          >
            <DotsIcon size={16} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item leftSection={<PenIcon size={15} />} onClick={onRename}>
            Rename
          </Menu.Item>
          <Menu.Item leftSection={<SaveIcon size={15} />} onClick={() => onExport('markdown')}>
            Export as Markdown
          </Menu.Item>
          <Menu.Item leftSection={<SaveIcon size={15} />} onClick={() => onExport('json')}>
            Export as JSON
          </Menu.Item>
          <Menu.Item leftSection={<BinIcon size={15} />} color="red" onClick={onDelete}>
            Delete
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </li>
  );
}
