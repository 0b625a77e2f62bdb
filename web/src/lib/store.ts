/** A value that React can watch with useSyncExternalStore. */
export class Store<Value> {
  private readonly watchers = new Set<() => void>();
  private value: Value;

  constructor(first: Value) {
    this.value = first;
  }

  readonly get = (): Value => this.value;

  readonly subscribe = (watcher: () => void): (() => void) => {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  };

  set(value: Value): void {
    this.value = value;
    for (const watcher of this.watchers) watcher();
  }
}
