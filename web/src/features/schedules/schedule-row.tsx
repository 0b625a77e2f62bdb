import { Button, Group } from '@mantine/core';
import { useState } from 'react';

import type { Schedule } from '../../api/types';
import { Row } from '../../components/rows';
import { SureButton } from '../../components/sure-button';
import { wholeTime } from '../../lib/format';
import { Runs } from './runs';
import { useScheduleDeeds } from './use-schedules';

const WHY: Record<string, string> = {
  by_user: 'paused',
  failures: 'paused after five failures in a row',
  key_ended: 'paused: its API key has ended',
  conversation_missing: 'paused: its conversation was deleted',
  time_unknown: 'paused: its time zone is not known here',
};

interface ScheduleRowProps {
  schedule: Schedule;
  canWrite: boolean;
}

export function ScheduleRow({ schedule, canWrite }: ScheduleRowProps) {
  const { enable, run, remove } = useScheduleDeeds(schedule.schedule_id);
  const [isOpen, setIsOpen] = useState(false);
  const error = enable.error ?? run.error ?? remove.error;
  const named = schedule.message.slice(0, 40);
  return (
    <Row
      name={<strong>{schedule.message}</strong>}
      facts={
        <>
          {schedule.cron && (
            <>
              <code>{schedule.cron}</code> {schedule.time_zone} ·{' '}
            </>
          )}
          {schedule.on && (
            <>
              <code>{schedule.on.events.join(', ')}</code> at {schedule.on.vendor} ·{' '}
            </>
          )}
          {stateOf(schedule)}
        </>
      }
      error={error}
    >
      <Group gap="xs">
        <Button
          size="compact-sm"
          variant="default"
          aria-expanded={isOpen}
          aria-label={`Runs of ${named}`}
          onClick={() => setIsOpen(!isOpen)}
        >
          Runs
        </Button>
        {canWrite && (
          <>
            <Button
              size="compact-sm"
              variant="light"
              aria-label={`Run ${named} now`}
              loading={run.isPending}
              disabled={schedule.is_run_asked}
              onClick={() => run.mutate()}
            >
              Run now
            </Button>
            <Button
              size="compact-sm"
              variant="light"
              aria-label={`${schedule.is_enabled ? 'Pause' : 'Resume'} ${named}`}
              loading={enable.isPending}
              onClick={() => enable.mutate(!schedule.is_enabled)}
            >
              {schedule.is_enabled ? 'Pause' : 'Resume'}
            </Button>
            <SureButton
              verb="Delete"
              what={named}
              isPending={remove.isPending}
              onSure={() => {
                setIsOpen(false); // there is nothing to look up any more
                remove.mutate();
              }}
            />
          </>
        )}
      </Group>
      {isOpen && <Runs id={schedule.schedule_id} />}
    </Row>
  );
}

function stateOf(schedule: Schedule): string {
  if (schedule.is_run_asked) return 'runs in a moment';
  if (!schedule.is_enabled) return WHY[schedule.paused_because ?? 'by_user'] ?? 'paused';
  if (schedule.on && schedule.next_run_at === null) return 'waits for it';
  return schedule.next_run_at === null ? 'never' : `next ${wholeTime(schedule.next_run_at)}`;
}
