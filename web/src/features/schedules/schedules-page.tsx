import { Button, Text } from '@mantine/core';
import { useState } from 'react';

import { ErrorNote } from '../../components/error-note';
import { PlusIcon } from '../../components/icons';
import { Page } from '../../components/page';
import { Rows } from '../../components/rows';
import { ScheduleDialog } from './schedule-dialog';
import { ScheduleRow } from './schedule-row';
import { useSchedules } from './use-schedules';

/** What Sophia is asked by the clock. */
export function SchedulesPage({ canWrite }: { canWrite: boolean }) {
  const { data, error, refetch } = useSchedules();
  const [isAdding, setIsAdding] = useState(false);
  return (
    <Page
      name="Schedules"
      action={
        canWrite && (
          <Button leftSection={<PlusIcon size={16} />} onClick={() => setIsAdding(true)}>
            Add
          </Button>
        )
      }
    >
      {error !== null && <ErrorNote error={error} onRetry={() => void refetch()} />}
      {data?.items.length === 0 && (
        <Text c="dimmed">
          Nothing yet. A schedule says a message for you, every weekday morning for example.
        </Text>
      )}
      {data !== undefined && data.items.length > 0 && (
        <Rows label="Schedules">
          {data.items.map((one) => (
            <ScheduleRow key={one.schedule_id} schedule={one} canWrite={canWrite} />
          ))}
        </Rows>
      )}
      {isAdding && <ScheduleDialog onClose={() => setIsAdding(false)} />}
    </Page>
  );
}
