/** A read that takes longer is not waited for: its connection may be dead. */
const patienceMs = 50;

interface Batch<Value> extends PromiseWithResolvers<ReadonlyMap<string, Value>> {
  readonly keys: Set<string>;
}

/**
 * Reads by key, in common: whatever is asked for in one turn of the event loop, or while another read is under way,
 * is one read. It is no cache: an answer comes from a read that was sent after the question (ADR 14).
 */
export class CoalescedReads<Value> {
  private next: Batch<Value> | undefined;
  private running: Batch<Value> | undefined;

  /** @param read the values there are, by key */
  constructor(
    private readonly read: (keys: readonly string[]) => Promise<ReadonlyMap<string, Value>>,
  ) {}

  /** @returns undefined where there is no such value. Shared with others who ask for it: not to be changed. */
  async find(key: string): Promise<Value | undefined> {
    const batch = (this.next ??= this.gather());
    batch.keys.add(key);
    return (await batch.promise).get(key);
  }

  private gather(): Batch<Value> {
    // After the requests that came in with this one.
    if (!this.running) setImmediate(() => this.send());
    return { keys: new Set(), ...Promise.withResolvers<ReadonlyMap<string, Value>>() };
  }

  private send(): void {
    const batch = this.next;
    if (!batch || this.running) return;
    this.next = undefined;
    this.running = batch;
    const waited = setTimeout(() => this.sendNext(batch), patienceMs);
    void this.read([...batch.keys])
      .then(batch.resolve, batch.reject)
      .then(() => {
        clearTimeout(waited);
        this.sendNext(batch);
      });
  }

  private sendNext(after: Batch<Value>): void {
    if (this.running !== after) return;
    this.running = undefined;
    this.send();
  }
}
