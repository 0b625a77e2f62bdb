import { NativeSelect, Text, Textarea, TextInput } from '@mantine/core';
import { useState } from 'react';

import { DialogForm } from '../../components/dialog-form';
import { ErrorNote } from '../../components/error-note';
import { wholeTime } from '../../lib/format';
import classes from './schedules.module.css';
import { useAddSchedule, useNextRuns } from './use-schedules';

const OWN = 'own';
const OFTEN = [
  { value: '0 8 * * 1-5', label: 'Every weekday at 8:00' },
  { value: '0 8 * * *', label: 'Every day at 8:00' },
  { value: '0 8 * * 1', label: 'Every Monday at 8:00' },
  { value: '0 * * * *', label: 'Every hour' },
  { value: '0 8 1 * *', label: 'On the first of each month at 8:00' },
  { value: OWN, label: 'By a cron expression' },
];

/** Adds a schedule; shows when it would run before it does. */
export function ScheduleDialog({ onClose }: { onClose: () => void }) {
  const [message, setMessage] = useState('');
  const [chosen, setChosen] = useState('0 8 * * 1-5');
  const [written, setWritten] = useState('30 7 * * 1-5');
  const [timeZone, setTimeZone] = useState(Intl.DateTimeFormat().resolvedOptions().timeZone);
  const add = useAddSchedule();
  const cron = chosen === OWN ? written : chosen;
  return (
    <DialogForm
      title="Add a schedule"
      action="Add"
      saving={add}
      canSave={message.trim() !== ''}
      onSave={() => add.mutate({ message, cron, timeZone }, { onSuccess: onClose })}
      onClose={onClose}
    >
      <Textarea
        label="Message"
        description="What Sophia is asked each time, in a new conversation."
        data-autofocus
        required
        withAsterisk={false}
        minRows={2}
        value={message}
        onChange={(event) => setMessage(event.currentTarget.value)}
      />
      <NativeSelect
        label="When"
        data={OFTEN}
        value={chosen}
        onChange={(event) => setChosen(event.currentTarget.value)}
      />
      {chosen === OWN && (
        <TextInput
          label="Cron expression"
          description="Minute, hour, day, month, day of the week."
          value={written}
          onChange={(event) => setWritten(event.currentTarget.value)}
        />
      )}
      <TextInput
        label="Time zone"
        value={timeZone}
        onChange={(event) => setTimeZone(event.currentTarget.value)}
      />
      <NextRuns cron={cron} timeZone={timeZone} />
    </DialogForm>
  );
}

function NextRuns({ cron, timeZone }: { cron: string; timeZone: string }) {
  const { data, error } = useNextRuns(cron, timeZone);
  if (error !== null) return <ErrorNote error={error} />;
  return (
    <div className={classes.next} aria-live="polite">
      <Text size="xs" c="dimmed">
        The next runs, by your own clock
      </Text>
      <ol>
        {data?.items.map((one) => (
          <li key={one}>{wholeTime(one)}</li>
        ))}
      </ol>
    </div>
  );
}
