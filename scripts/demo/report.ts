/** One step of the walk, as it went. */
interface Step {
  readonly title: string;
  readonly tookMs: number;
  readonly failure?: string;
}

/** Prints every step with its request, its answer and its time, and counts them. */
export class Report {
  readonly #steps: Step[] = [];
  readonly #print: (line: string) => void;
  readonly #now: () => number;

  constructor(
    print: (line: string) => void = console.log,
    now: () => number = () => performance.now(),
  ) {
    this.#print = print;
    this.#now = now;
  }

  /** Runs one step. What follows needs what it returns, so a failure is noted and thrown on. */
  async step<T>(title: string, work: () => Promise<T>): Promise<T> {
    const number = this.#steps.length + 1;
    const started = this.#now();
    this.#print(`\n${number}. ${title}`);
    const done = (failure?: string): void => {
      const step = { title, tookMs: Math.round(this.#now() - started) };
      this.#steps.push(failure === undefined ? step : { ...step, failure });
      this.#print(
        `   ${failure === undefined ? 'proven' : `FAILED: ${failure}`} (${step.tookMs} ms)`,
      );
    };
    try {
      const result = await work();
      done();
      return result;
    } catch (error) {
      done(error instanceof Error ? error.message : String(error));
      throw error;
    }
  }

  get hasFailed(): boolean {
    return this.#steps.some(({ failure }) => failure !== undefined);
  }

  note(text: string): void {
    for (const line of abbreviate(text).split('\n')) this.#print(`   ${line}`);
  }

  /** The list of steps and the verdict. True where every one of the walk's steps was proven. */
  summary(): boolean {
    const failed = this.#steps.filter(({ failure }) => failure !== undefined).length;
    this.#print('\nSummary');
    for (const [index, { title, tookMs, failure }] of this.#steps.entries())
      this.#print(
        `  ${failure === undefined ? 'ok  ' : 'FAIL'} ${String(index + 1).padStart(2)}. ${title.padEnd(66)} ${String(tookMs).padStart(6)} ms`,
      );
    const totalMs = this.#steps.reduce((sum, { tookMs }) => sum + tookMs, 0);
    const proven = this.#steps.length - failed;
    this.#print(`\n${proven} steps proven, ${failed} failed, ${(totalMs / 1000).toFixed(1)} s`);
    return failed === 0;
  }
}

/** Tokens and secrets keep their first characters: enough to tell them apart, not enough to use. */
export function abbreviate(text: string): string {
  return text
    .replaceAll(/\b(eyJ[\w-]{5})[\w-]*\.[\w-]+\.[\w-]+/g, '$1…')
    .replaceAll(/\b(whsec_)[\w+/=]{8,}/g, '$1…')
    .replaceAll(/(client_secret(?:=|"\s*:\s*"))([\w-]{4})[\w-]+/g, '$1$2…');
}
