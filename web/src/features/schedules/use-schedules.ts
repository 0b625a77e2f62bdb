import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';

import { answerOf, api } from '../../api/client';
import { keys } from '../../api/keys';

export function useSchedules() {
  return useQuery({
    queryKey: keys.schedules,
    queryFn: ({ signal }) => answerOf(api.GET('/api/v1/schedules', { signal })),
    // A run begins without us.
    refetchInterval: 10_000,
  });
}

/** When a schedule would run; an expression that is none is an error with an example. */
export function useNextRuns(cron: string, timeZone: string) {
  return useQuery({
    queryKey: keys.nextRuns(cron, timeZone),
    queryFn: ({ signal }) =>
      answerOf(
        api.GET('/api/v1/cron/preview', {
          params: { query: { cron, time_zone: timeZone } },
          signal,
        }),
      ),
    enabled: cron.trim() !== '',
    retry: false,
  });
}

interface Wanted {
  message: string;
  cron: string;
  timeZone: string;
}

export function useAddSchedule() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ message, cron, timeZone }: Wanted) =>
      answerOf(api.POST('/api/v1/schedules', { body: { message, cron, time_zone: timeZone } })),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.schedules }),
  });
}

const at = (id: string) => ({ params: { path: { schedule_id: id } } });

export function useScheduleDeeds(id: string) {
  const client = useQueryClient();
  const onSuccess = () => client.invalidateQueries({ queryKey: keys.schedules });
  const enable = useMutation({
    mutationFn: (isEnabled: boolean) =>
      answerOf(
        api.PATCH('/api/v1/schedules/{schedule_id}', {
          ...at(id),
          body: { is_enabled: isEnabled },
        }),
      ),
    onSuccess,
  });
  const run = useMutation({
    mutationFn: () => answerOf(api.POST('/api/v1/schedules/{schedule_id}/run', at(id))),
    onSuccess,
  });
  const remove = useMutation({
    mutationFn: () => answerOf(api.DELETE('/api/v1/schedules/{schedule_id}', at(id))),
    onSuccess,
  });
  return { enable, run, remove };
}

export function useRuns(id: string) {
  return useQuery({
    queryKey: keys.runs(id),
    queryFn: ({ signal }) =>
      answerOf(api.GET('/api/v1/schedules/{schedule_id}/runs', { ...at(id), signal })),
    refetchInterval: 10_000,
  });
}
