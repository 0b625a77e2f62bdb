import { type PlacedEvent } from '../../api/events';
import { ApiError } from '../../api/problem';
import { followTurn } from '../../api/turn-stream';
import { Store } from '../../lib/store';
import { EMPTY_VIEW, fold, type TurnView } from './fold';

/** A turn that is, or was, followed from this page. */
interface LiveTurn {
  view: TurnView;
  /** The stream broke and is being taken up again. */
  isLost: boolean;
  /** Following ended, for good or by a refusal. */
  isOver: boolean;
  error: ApiError | null;
}

interface Entry {
  store: Store<LiveTurn>;
  controller: AbortController | null;
}

const NEW: LiveTurn = { view: EMPTY_VIEW, isLost: false, isOver: false, error: null };
const HIDDEN_FRAME_MS = 250;

/** The turns followed from this page. What was seen of a turn stays when nobody follows it. */
class LiveTurns {
  private readonly entries = new Map<string, Entry>();

  of(turnId: string): Store<LiveTurn> {
    return this.entry(turnId).store;
  }

  /** Follow a turn from where it was left; `first` is the stream that it began with. */
  follow(turnId: string, first?: { response: Response; controller: AbortController }): void {
    const entry = this.entry(turnId);
    if (entry.controller !== null || entry.store.get().isOver) return;
    const controller = first?.controller ?? new AbortController();
    entry.controller = controller;
    void this.run(turnId, entry, controller, first?.response);
  }

  /** Let go of a turn: it goes on without us. */
  release(turnId: string): void {
    const entry = this.entry(turnId);
    entry.controller?.abort();
    entry.controller = null;
  }

  /** Let go of all turns and forget them: somebody else signs in. */
  clear(): void {
    for (const turnId of this.entries.keys()) this.release(turnId);
    this.entries.clear();
  }

  private entry(turnId: string): Entry {
    const known = this.entries.get(turnId);
    if (known !== undefined) return known;
    const entry: Entry = { store: new Store(NEW), controller: null };
    this.entries.set(turnId, entry);
    return entry;
  }

  private async run(
    turnId: string,
    { store }: Entry,
    controller: AbortController,
    first: Response | undefined,
  ): Promise<void> {
    const frames = new PerFrame((events) => {
      store.set({ ...store.get(), view: fold(store.get().view, events) });
    });
    let error: ApiError | null = null;
    try {
      await followTurn({
        turnId,
        after: store.get().view.position,
        signal: controller.signal,
        onEvents: (events) => frames.push(events),
        onLost: (isLost) => {
          if (isLost !== store.get().isLost) store.set({ ...store.get(), isLost });
        },
        first,
      });
    } catch (reason) {
      if (!(reason instanceof ApiError)) throw reason;
      error = reason;
    } finally {
      frames.flush();
    }
    if (!controller.signal.aborted) {
      store.set({ ...store.get(), isLost: false, isOver: true, error });
    }
  }
}

/** Gathers events and hands them on once per animation frame, however fast they come. */
class PerFrame {
  private waiting: PlacedEvent[] = [];
  private isPlanned = false;

  constructor(private readonly take: (events: PlacedEvent[]) => void) {}

  push(events: PlacedEvent[]): void {
    this.waiting.push(...events);
    if (this.isPlanned) return;
    this.isPlanned = true;
    // A hidden page is given no frames.
    if (document.hidden) setTimeout(() => this.flush(), HIDDEN_FRAME_MS);
    else requestAnimationFrame(() => this.flush());
  }

  flush(): void {
    this.isPlanned = false;
    if (this.waiting.length > 0) this.take(this.waiting.splice(0));
  }
}

export const liveTurns = new LiveTurns();
