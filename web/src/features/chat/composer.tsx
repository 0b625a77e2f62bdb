import { ActionIcon, Textarea, Tooltip } from '@mantine/core';
import { type KeyboardEvent, type ReactNode, type SyntheticEvent, useEffect, useRef } from 'react';

import { SendIcon, StopIcon } from '../../components/icons';
import { ErrorNote } from '../../components/error-note';
import { AttachButton } from './attach-button';
import classes from './composer.module.css';
import { EnclosedFiles } from './file-chips';
import type { Enclosures } from './use-attachments';

const MAX_CHARS = 100_000;

interface ComposerProps {
  text: string;
  onWrite: (text: string) => void;
  canWrite: boolean;
  isBusy: boolean;
  canStop: boolean;
  isStopping: boolean;
  onSend: (message: string) => void;
  onStop: () => void;
  files: Enclosures;
  picker: ReactNode;
  error: Error | null;
}

export function Composer(props: ComposerProps) {
  const { text, onWrite, canWrite, isBusy, canStop, isStopping, onSend, onStop, picker, error } =
    props;
  const { files } = props;
  const field = useRef<HTMLTextAreaElement>(null);
  const isTooLong = text.length > MAX_CHARS;
  const canSend = canWrite && !isBusy && !isTooLong && !files.isUploading && text.trim() !== '';

  // Where a keyboard comes up from the screen, it only does so when asked.
  useEffect(() => {
    if (hasKeyboard()) field.current?.focus();
  }, []);

  // The button that stops goes away with what it stopped.
  const couldStop = useRef(canStop);
  useEffect(() => {
    const isFocusLost = document.activeElement?.matches('body, :disabled') ?? true;
    if (couldStop.current && !canStop && isFocusLost && hasKeyboard()) field.current?.focus();
    couldStop.current = canStop;
  }, [canStop]);

  const submit = () => {
    if (!canSend) return;
    field.current?.focus();
    onSend(text);
  };

  const onKeyDown = (event: KeyboardEvent) => {
    const isComposing = event.nativeEvent.isComposing;
    if (event.key !== 'Enter' || event.shiftKey || isComposing || !hasKeyboard()) return;
    event.preventDefault();
    submit();
  };

  return (
    <form
      className={classes.composer}
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      {error !== null && <ErrorNote error={error} />}
      <div
        className={classes.box}
        onDragOver={(event) => event.preventDefault()}
        onDrop={(event) => takeFiles(event, event.dataTransfer.files, canWrite ? files.add : null)}
        onPaste={(event) =>
          takeFiles(event, event.clipboardData.files, canWrite ? files.add : null)
        }
      >
        <EnclosedFiles files={files.files} remove={files.remove} />
        <Textarea
          ref={field}
          id="message"
          aria-label="Message"
          placeholder={canWrite ? 'Message Sophia' : 'Your role can read but not write.'}
          variant="unstyled"
          autosize
          minRows={1}
          maxRows={10}
          value={text}
          disabled={!canWrite}
          error={isTooLong ? `At most ${MAX_CHARS.toLocaleString()} characters.` : null}
          onChange={(event) => onWrite(event.currentTarget.value)}
          onKeyDown={onKeyDown}
        />
        <div className={classes.bar}>
          <AttachButton isDisabled={!canWrite} onChoose={files.add} />
          <div className={classes.picker}>{picker}</div>
          <span className={classes.keys} aria-hidden="true">
            Enter sends · Shift+Enter makes a line
          </span>
          {canStop ? (
            <Tooltip label={isStopping ? 'Stopping…' : 'Stop'}>
              <ActionIcon
                type="button"
                size="lg"
                variant="filled"
                aria-label="Stop"
                data-disabled={isStopping}
                aria-disabled={isStopping}
                onClick={isStopping ? undefined : onStop}
              >
                <StopIcon size={18} />
              </ActionIcon>
            </Tooltip>
          ) : (
            <Tooltip label="Send">
              <ActionIcon
                type="submit"
                size="lg"
                variant="filled"
                aria-label="Send"
                disabled={!canSend}
              >
                <SendIcon size={18} />
              </ActionIcon>
            </Tooltip>
          )}
        </div>
      </div>
    </form>
  );
}

/** Take files that were dropped or pasted; text is left to the field. */
function takeFiles(
  event: SyntheticEvent,
  files: FileList,
  take: ((files: readonly File[]) => void) | null,
): void {
  if (files.length === 0) return;
  event.preventDefault();
  take?.([...files]);
}

/** On a touch screen Enter makes a line, as people expect there. */
function hasKeyboard(): boolean {
  return matchMedia('(hover: hover)').matches;
}
