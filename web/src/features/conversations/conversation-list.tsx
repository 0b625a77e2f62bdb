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
import { ImportButton } from './import-button';
import { RenameDialog } from './rename-dialog';
import { SearchBox } from './search-box';
import { SearchResults } from './search-results';
import { useConversations } from './use-conversations';
import { useExport, useImport } from './use-files';

interface Open {
  is: 'rename' | 'delete';
  conversation: Conversation;
}

interface ConversationListProps {
  current: string | null;
  /** What stands beside the name, such as the way to close a drawer. */
  aside?: ReactNode;
}

export function ConversationList({ current, aside }: ConversationListProps) {
  const { conversations, ...query } = useConversations();
  const [open, setOpen] = useState<Open | null>(null);
  const [sought, setSought] = useState('');
  const isSearching = sought.trim() !== '';
  const more = () => void query.fetchNextPage();
  const moreRef = useWhenSeen(more, query.hasNextPage && !query.isFetchingNextPage);
  const close = () => setOpen(null);
  const save = useExport();
  const shown = conversations.find((one) => one.session_id === current);

  return (
    <>
      {shown !== undefined && <PageTitle name={shown.title} />}
      <Head aside={aside}>
        <SearchBox value={sought} onChange={setSought} />
      </Head>
      {isSearching && <SearchResults query={sought.trim()} />}
      <div className={classes.list} hidden={isSearching}>
        {query.isPending && <Loader size="sm" className={classes.loader} />}
        {query.error !== null && (
          <ErrorNote error={query.error} onRetry={() => void query.refetch()} />
        )}
        {query.isSuccess && conversations.length === 0 && (
          <Text size="sm" c="dimmed" p="xs">
            Your conversations will be listed here.
          </Text>
        )}
        {save.error !== null && <ErrorNote error={save.error} />}
        <ul className={classes.rows}>
          {conversations.map((conversation) => (
            <ConversationRow
              key={conversation.session_id}
              conversation={conversation}
              isCurrent={conversation.session_id === current}
              onRename={() => setOpen({ is: 'rename', conversation })}
              onDelete={() => setOpen({ is: 'delete', conversation })}
              onExport={(format) => save.mutate({ conversation, format })}
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
      {open !== null && <Dialog open={open} onClose={close} />}
    </>
  );
}

/** The name, the way to a conversation of its own, and the search. */
function Head({ aside, children }: { aside: ReactNode; children: ReactNode }) {
  const file = useImport();
  return (
    <div className={classes.head}>
      <div className={classes.top}>
        <Link href="/" className={classes.home}>
          <Mark size={26} /> Sophia
        </Link>
        {aside}
      </div>
      <div className={classes.begin}>
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
        <ImportButton file={file} />
      </div>
      {file.error !== null && <ErrorNote error={file.error} />}
      {children}
    </div>
  );
}

function Dialog({ open, onClose }: { open: Open; onClose: () => void }) {
  const { conversation } = open;
  if (open.is === 'rename') return <RenameDialog conversation={conversation} onClose={onClose} />;
  return (
    <DeleteDialog
      conversation={conversation}
      onClose={onClose}
      onDeleted={() => {
        onClose();
        const wasShown = location.pathname === conversationPath(conversation.session_id);
        if (wasShown) navigate('/', { replace: true });
      }}
    />
  );
}
