import type { Turn } from '../../api/types';

/** A turn of the line that is shown, and its versions (itself among them), oldest first. */
export interface Place {
  turn: Turn;
  versions: readonly string[];
}

/** The line of turns that leads to a leaf, or to the newest turn. Turns are given oldest first. */
export function lineTo(turns: readonly Turn[], leafId: string | null): Place[] {
  const known = new Map(turns.map((turn) => [turn.turn_id, turn]));
  const versions = new Map<string | null, string[]>();
  for (const { parent_turn_id: parentId, turn_id: id } of turns) {
    versions.set(parentId, [...(versions.get(parentId) ?? []), id]);
  }
  const line: Place[] = [];
  let turn = known.get(leafId ?? '') ?? turns.at(-1);
  while (turn !== undefined) {
    line.push({ turn, versions: versions.get(turn.parent_turn_id) ?? [] });
    turn = known.get(turn.parent_turn_id ?? '');
  }
  return line.reverse();
}

/** The leaf of the line that goes through a turn and took its newest version everywhere below. */
export function leafBelow(turns: readonly Turn[], turnId: string): string {
  let leaf = turnId;
  for (;;) {
    const next = turns.findLast((turn) => turn.parent_turn_id === leaf);
    if (next === undefined) return leaf;
    leaf = next.turn_id;
  }
}
