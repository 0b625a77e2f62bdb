import { Button, Loader, Text } from '@mantine/core';
import { type ReactNode, useState } from 'react';

import type { Conversation } from '../../api/types';
import { ErrorNote } from '../../components/error-note';
import { Mark, PlusIcon } from '../../components/icons';
import { PageTitle } from '../../components/page-title';
import { Link } from '../../components/link';
import { conversationPath, navigate } from '../../lib/router';
import { useWhenSeen } from '../../lib/use-when-seen';
import { ConversationRow } from './conversation-row';
import classes from './conversations.module.css';
import { DeleteDialog } from './delete-dialog';
import { RenameDialog } from './rename-dialog';
import { useConversations } from './use-conversations';

type Open = { is: 'rename' | 'delete'; conversation: Conversation } | null;

interface ConversationListProps {
  current: string | null;
  /** What stands beside the name, such as the way to close a drawer. */
  aside?: ReactNode;
}

export function ConversationList({ current, aside }: ConversationListProps) {
  const { conversations, ...query } = useConversations();
  const [open, setOpen] = useState<Open>(null);
  const more = () => void query.fetchNextPage();
  const moreRef = useWhenSeen(more, query.hasNextPage && !query.isFetchingNextPage);
  const close = () => setOpen(null);
  const shown = conversations.find((one) => one.session_id === current);

  return (
    <>
      {shown !== undefined && <PageTitle name={shown.title} />}
      <div className={classes.head}>
        <div className={classes.top}>
          <Link href="/" className={classes.home}>
            <Mark size={26} /> Sophia
          </Link>
          {aside}
        </div>
        <Button
          component={Link}
          href="/"
          variant="default"
          fullWidth
          justify="flex-start"
          leftSection={<PlusIcon size={16} />}
        >
          New conversation
        </Button>
      </div>
      <div className={classes.list}>
        {query.isPending && <Loader size="sm" className={classes.loader} />}
        {query.error !== null && (
          <ErrorNote error={query.error} onRetry={() => void query.refetch()} />
        )}
        {query.isSuccess && conversations.length === 0 && (
          <Text size="sm" c="dimmed" p="xs">
            Your conversations will be listed here.
          </Text>
        )}
        <ul className={classes.rows}>
          {conversations.map((conversation) => (
            <ConversationRow
              key={conversation.session_id}
              conversation={conversation}
              isCurrent={conversation.session_id === current}
              onRename={() => setOpen({ is: 'rename', conversation })}
              onDelete={() => setOpen({ is: 'delete', conversation })}
            />
          ))}
        </ul>
        {query.hasNextPage && (
          <div ref={moreRef} className={classes.more}>
            <Button
              size="compact-sm"
              variant="subtle"
              loading={query.isFetchingNextPage}
              onClick={more}
            >
              Earlier conversations
            </Button>
          </div>
        )}
      </div>
      {open?.is === 'rename' && <RenameDialog conversation={open.conversation} onClose={close} />}
      {open?.is === 'delete' && (
        <DeleteDialog
          conversation={open.conversation}
          onClose={close}
          onDeleted={() => {
            close();
            const wasShown = location.pathname === conversationPath(open.conversation.session_id);
            if (wasShown) navigate('/', { replace: true });
          }}
        />
      )}
    </>
  );
}
