import { Loader, VisuallyHidden } from '@mantine/core';
import { useCallback, useState } from 'react';

import { ErrorNote } from '../../components/error-note';
import { useStickToBottom } from '../../lib/use-stick-to-bottom';
import classes from './chat.module.css';
import { Composer } from './composer';
import { EmptyState } from './empty-state';
import { JumpButton } from './jump-button';
import { MessageList } from './message-list';
import { ModelPicker } from './model-picker';
import { OutgoingMessage } from './outgoing-message';
import { useChat } from './use-chat';

interface ChatPageProps {
  /** None: a conversation that begins with the first message. */
  sessionId: string | null;
  canWrite: boolean;
}

export function ChatPage({ sessionId, canWrite }: ChatPageProps) {
  const [announcement, setAnnouncement] = useState('');
  const { frameRef, contentRef, isAtBottom, onScroll, stick } = useStickToBottom(sessionId);
  const onSay = useCallback(() => {
    stick();
    setAnnouncement('Sophia is answering.');
  }, [stick]);
  const chat = useChat(sessionId, onSay);
  const { sending, activeId, say, stop } = chat;

  return (
    <div className={classes.page}>
      <div className={classes.scroller} ref={frameRef} onScroll={onScroll}>
        <div className={classes.column} ref={contentRef}>
          {sessionId === null && sending === null ? (
            <EmptyState
              hasOnlyBuiltin={chat.models.hasOnlyBuiltin}
              onPick={canWrite ? (text) => void say(text) : null}
            />
          ) : (
            <Messages chat={chat} canWrite={canWrite} onAnswer={setAnnouncement} />
          )}
        </div>
      </div>
      <div className={classes.foot}>
        {!isAtBottom && <JumpButton onClick={stick} />}
        <Composer
          key={sessionId ?? 'new'}
          text={chat.draft.text}
          onWrite={chat.draft.write}
          canWrite={canWrite}
          isBusy={chat.isBusy}
          canStop={activeId !== null}
          isStopping={stop.isStopping}
          onSend={(message) => void say(message)}
          onStop={stop.stop}
          files={chat.files}
          picker={<ModelPicker models={chat.models} />}
          error={chat.error}
        />
      </div>
      <VisuallyHidden aria-live="polite" role="status">
        {announcement}
      </VisuallyHidden>
    </div>
  );
}

interface MessagesProps {
  chat: ReturnType<typeof useChat>;
  canWrite: boolean;
  onAnswer: (answer: string) => void;
}

function Messages({ chat, canWrite, onAnswer }: MessagesProps) {
  const query = chat.turns;
  const canSay = canWrite && !chat.isBusy;
  return (
    <>
      {query.isLoading && <Loader className={classes.loader} size="sm" />}
      {query.error !== null && (
        <ErrorNote error={query.error} onRetry={() => void query.refetch()} />
      )}
      <MessageList
        line={chat.line}
        soughtId={chat.soughtId}
        followedId={chat.activeId}
        hasOlder={query.hasNextPage}
        isLoadingOlder={query.isFetchingNextPage}
        onOlder={() => void query.fetchNextPage()}
        onSay={canSay ? chat.say : null}
        onSayAgain={canSay ? chat.sayAgain : null}
        onVersion={chat.showVersion}
        onAnswer={onAnswer}
      />
      {chat.sending !== null && <OutgoingMessage message={chat.sending} />}
    </>
  );
}
