import { InFlight } from './in-flight.js';

describe('InFlight.onceSettled', () => {
  it('calls once, with the next request of the endpoint that settles', async () => {
    const inFlight = new InFlight(10, 1);
    let [calls, settle] = [0, (): void => undefined];
    const request = new Promise<void>((resolve) => (settle = resolve));
    const tracked = [request, request].map((work) => inFlight.track('w', 't', work));
    inFlight.onceSettled('w', () => calls++);
    inFlight.onceSettled('other', () => calls++);
    await inFlight.track('other', 't', Promise.resolve());
    expect(calls).toBe(0);
    settle();
    await Promise.all(tracked);
    expect([calls, inFlight.size]).toEqual([1, 0]);
  });
});
