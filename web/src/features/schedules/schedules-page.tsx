import { Button, Text, Title } from '@mantine/core';
import { useState } from 'react';

import { ErrorNote } from '../../components/error-note';
import { PlusIcon } from '../../components/icons';
import { PageTitle } from '../../components/page-title';
import { ScheduleDialog } from './schedule-dialog';
import { ScheduleRow } from './schedule-row';
import classes from './schedules.module.css';
import { useSchedules } from './use-schedules';

/** What Sophia is asked by the clock. */
export function SchedulesPage({ canWrite }: { canWrite: boolean }) {
  const { data, error, refetch } = useSchedules();
  const [isAdding, setIsAdding] = useState(false);
  return (
    <div className={classes.page}>
      <PageTitle name="Schedules" />
      <div className={classes.column}>
        <div className={classes.head}>
          <Title order={1} size="h3">
            Schedules
          </Title>
          {canWrite && (
            <Button leftSection={<PlusIcon size={16} />} onClick={() => setIsAdding(true)}>
              Add
            </Button>
          )}
        </div>
        {error !== null && <ErrorNote error={error} onRetry={() => void refetch()} />}
        {data?.items.length === 0 && (
          <Text c="dimmed">
            Nothing yet. A schedule says a message for you, every weekday morning for example.
          </Text>
        )}
        {data !== undefined && data.items.length > 0 && (
          <ul className={classes.rows} aria-label="Schedules">
            {data.items.map((one) => (
              <ScheduleRow key={one.schedule_id} schedule={one} canWrite={canWrite} />
            ))}
          </ul>
        )}
        {isAdding && <ScheduleDialog onClose={() => setIsAdding(false)} />}
      </div>
    </div>
  );
}
