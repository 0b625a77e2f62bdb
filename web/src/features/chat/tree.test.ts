import { expect, test } from 'vitest';

import { begunTurn } from './begun-turn';
import { leafBelow, lineTo } from './tree';

function turn(id: string, parentId: string | null) {
  return begunTurn({ turnId: id, sessionId: 's', message: id, parentId });
}

// a ─ b ─ c
//   └ b2 ─ d
const TURNS = [turn('a', null), turn('b', 'a'), turn('c', 'b'), turn('b2', 'a'), turn('d', 'b2')];
const ids = (leaf: string | null) => lineTo(TURNS, leaf).map((place) => place.turn.turn_id);

test('the newest turn ends the line that is shown first', () => {
  expect(ids(null)).toEqual(['a', 'b2', 'd']);
});

test('a line leads to the leaf that was chosen', () => {
  expect(ids('c')).toEqual(['a', 'b', 'c']);
});

test('a leaf that is not there any more gives way to the newest turn', () => {
  expect(ids('gone')).toEqual(['a', 'b2', 'd']);
});

test('every turn of a line knows its versions', () => {
  expect(lineTo(TURNS, 'c').map((place) => place.versions)).toEqual([['a'], ['b', 'b2'], ['c']]);
});

test('a line begins with the oldest turn that is loaded', () => {
  expect(lineTo(TURNS.slice(3), null).map((place) => place.turn.turn_id)).toEqual(['b2', 'd']);
});

test('going to a version goes on to the newest turn below it', () => {
  expect(leafBelow(TURNS, 'b')).toBe('c');
  expect(leafBelow(TURNS, 'a')).toBe('d');
  expect(leafBelow(TURNS, 'd')).toBe('d');
});

test('an empty conversation has an empty line', () => {
  expect(lineTo([], null)).toEqual([]);
});
