import { NativeSelect } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import { answerOf, api } from '../../api/client';
import { keys } from '../../api/keys';
import type { Model } from '../../api/types';
import { keep, readKept } from '../../lib/kept';

const KEPT = 'sophia.model';

interface Models {
  items: readonly Model[];
  /** Null: the default model. */
  chosen: string | null;
  choose: (name: string) => void;
  hasOnlyBuiltin: boolean;
}

export function useModels(): Models {
  const { data } = useQuery({
    queryKey: keys.models,
    queryFn: ({ signal }) => answerOf(api.GET('/api/v1/models', { signal })),
    staleTime: 60_000,
  });
  const [kept, setKept] = useState(() => readKept(KEPT));
  const items = data?.items ?? [];
  const chosen = items.find((model) => model.name === kept && !model.is_default)?.name ?? null;
  return {
    items,
    chosen,
    choose: (name) => {
      keep(KEPT, name);
      setKept(name);
    },
    hasOnlyBuiltin: items.length > 0 && items.every((model) => model.provider === 'builtin'),
  };
}

/** Chooses the model that answers next, when there is a choice. */
export function ModelPicker({ models }: { models: Models }) {
  const { items, chosen, choose } = models;
  if (items.length < 2) return null;
  return (
    <NativeSelect
      size="xs"
      variant="unstyled"
      aria-label="Model"
      value={chosen ?? items.find((model) => model.is_default)?.name ?? ''}
      data={items.map((model) => ({ value: model.name, label: model.name }))}
      onChange={(event) => choose(event.currentTarget.value)}
    />
  );
}
